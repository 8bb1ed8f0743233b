/* The small editor over a part of a sentence: a modal dialog near its button, so that focus stays in it; Escape
or a click beside it closes it (dialogs.js). What is changed in it shows at once; everything from opening to closing is one step to undo. */

import { button, h } from "./dom.js";

let sessions = 0;

/** Opens an editor titled `title` at `anchor`. `build(context)` makes its content; `closed` runs when it is shut. */
export function open({ title, anchor, build, closed }) {
  const body = h("div", { class: "pop-body" });
  // The browser tells of a close a moment later: what is pressed meanwhile must meet the page as it is afterwards.
  let over = false;
  const finish = () => {
    if (over) return;
    over = true;
    for (const flush of context.flushes) flush();
    dialog.remove();
    closed();
  };
  const close = () => {
    dialog.close();
    finish();
  };
  const context = { session: ++sessions, flushes: [], close };
  const done = button("Done", close, { class: "btn first" });
  const form = h("form", { method: "dialog", novalidate: true }, h("h2", { id: "pop-title" }, title), body, h("div", { class: "pop-end" }, done));
  const dialog = h("dialog", { class: "pop", "aria-labelledby": "pop-title" }, form);
  context.redraw = () => {
    const held = document.activeElement?.dataset?.slot;
    context.flushes.length = 0;
    body.replaceChildren(...[build(context)].flat(Infinity).filter(Boolean));
    [...body.querySelectorAll("input, select, textarea, button")].forEach((control, i) => (control.dataset.slot = i));
    if (held) body.querySelector(`[data-slot="${held}"]`)?.focus();
  };
  const place = anchor.getBoundingClientRect();
  dialog.addEventListener("close", finish);
  document.body.append(dialog);
  context.redraw();
  dialog.showModal();
  put(dialog, place);
  body.querySelector("input, select, textarea, button")?.focus();
  return context;
}

/* Below the button where there is room, else above; on a narrow screen the style sheet puts it at the bottom. */
function put(dialog, place) {
  if (innerWidth < 560) return;
  const { width, height } = dialog.getBoundingClientRect();
  const below = place.bottom + 6;
  const top = below + Math.max(height, 320) < innerHeight ? below : Math.max(8, Math.min(below, innerHeight - Math.max(height, 320) - 8));
  dialog.style.left = `${Math.max(8, Math.min(place.left, innerWidth - width - 8))}px`;
  dialog.style.top = `${top}px`;
  // What grows in it (proposals do) is scrolled to, and never lies below the window.
  dialog.style.maxHeight = `${innerHeight - top - 8}px`;
}
