/* A condition typed as a sentence. What the server makes of it is shown as the sentence it means, and taken by Enter or a click;
an answer to what stood there before can't be taken. */

import { debounced, h, say } from "./dom.js";
import { latest, suggestions } from "./server.js";

let ids = 0;
const NONE = "Nothing reads like this: use names and values of the catalogue, or add a condition by its kind.";

/** The input with its proposals; `take` gets `{node, side, sentence}`. */
export function wishBox(take, attributes = {}) {
  const id = `wish${++ids}`;
  const list = h("ul", { role: "listbox", id: `${id}-list`, class: "options", "aria-label": "Conditions", hidden: true });
  const input = h("input", { id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: "viewed Activewear 3 times in 2 days", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": list.id, ...attributes });
  const note = h("p", { class: "sub", role: "status" });
  const asked = latest();
  let [found, active, answered] = [[], 0, ""];
  const text = () => input.value.trim();
  const mark = (index) => {
    active = index;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === index)));
    if (found.length) input.setAttribute("aria-activedescendant", list.children[index].id);
    else input.removeAttribute("aria-activedescendant");
  };
  const fill = (entries) => {
    found = entries;
    list.replaceChildren(...entries.map((entry, i) => option(`${id}-${i}`, entry, () => pick(entry))));
    list.hidden = !entries.length;
    input.setAttribute("aria-expanded", String(entries.length > 0));
    mark(0);
  };
  const clear = () => {
    asked.stop();
    answered = "";
    list.ariaBusy = "false";
    note.textContent = "";
    fill([]);
  };
  const pick = (entry) => {
    input.value = "";
    clear();
    input.focus();
    take(entry);
    say(`Added: ${entry.sentence}`);
  };
  const look = debounced(120, async () => {
    const mine = text();
    const answer = await asked(suggestions("conditions", { q: mine })).catch(() => null);
    if (!answer || mine !== text()) return;
    answered = mine;
    list.ariaBusy = "false";
    fill(answer.results);
    note.textContent = answer.results.length ? "" : NONE;
  });
  input.addEventListener("input", () => {
    if (text() === answered && answered) return;
    asked.stop();
    answered = "";
    if (!text()) return clear();
    list.ariaBusy = "true";
    look();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length) mark((active + step + found.length) % found.length);
    else if (event.key === "Enter" && text()) found[active] && answered === text() && pick(found[active]);
    else if (event.key === "Escape" && !list.hidden) clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return h("div", { class: "wish" }, h("label", { for: id }, "Type a condition"), h("div", { class: "combo" }, input, list), note);
}

function option(id, entry, take) {
  const out = entry.side === "exclude";
  const onmousedown = (event) => event.preventDefault();
  return h("li", { role: "option", id, "aria-selected": "false", onmousedown, onclick: take }, h("span", {}, out && h("b", {}, "Leave out whoever "), entry.sentence), h("small", {}, out ? "who is out" : ""));
}
