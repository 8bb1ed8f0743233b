/* Moving a condition by mouse: dragged by its grip, dropped before the condition (or at the end of the group) under it. */

import { h } from "./dom.js";

/** `move(from, to)` gets the pointers of what was dragged and of the place it was dropped before. */
export function draggable(container, move) {
  const mark = h("div", { class: "drop-mark", "aria-hidden": "true" });
  let from = null;
  const place = (event) => {
    const item = event.target.closest?.("[data-drop]");
    if (!item || !container.contains(item)) return null;
    const box = item.getBoundingClientRect();
    const isEnd = item.classList.contains("add");
    const lower = !isEnd && event.clientY > box.top + box.height / 2;
    return { item, lower, to: lower ? following(item.dataset.drop) : item.dataset.drop };
  };
  container.addEventListener("dragstart", (event) => {
    from = event.target.dataset?.path ?? null;
    if (!from) return;
    event.dataTransfer.setData("text/plain", from);
    event.dataTransfer.effectAllowed = "move";
    const card = event.target.closest(".cond, .group");
    event.dataTransfer.setDragImage(card, 10, 10);
    card.classList.add("dragged");
  });
  container.addEventListener("dragover", (event) => {
    const found = from && place(event);
    if (!found) return;
    event.preventDefault();
    found.item[found.lower ? "after" : "before"](mark);
  });
  container.addEventListener("drop", (event) => {
    const found = from && place(event);
    if (!found) return;
    event.preventDefault();
    const dragged = from;
    from = null;
    mark.remove();
    move(dragged, found.to);
  });
  container.addEventListener("dragend", () => {
    from = null;
    mark.remove();
    container.querySelector(".dragged")?.classList.remove("dragged");
  });
}

function following(pointer) {
  const cut = pointer.lastIndexOf("/");
  return `${pointer.slice(0, cut)}/${Number(pointer.slice(cut + 1)) + 1}`;
}
