/* The inputs that editors are made of. Each takes the value and tells of a new one; none knows the rule. */

import { button, choice, field, h, number, say, unheld } from "./dom.js";
import { latest, suggestions } from "./server.js";

let ids = 0;

/** A text input that completes from the server: `source` is `[kind, parameters]`, `pick` gets the text and what is known of it.
 * It offers as soon as it has focus, unless it is `quiet`; `taken` values are not offered. */
export function combobox(id, value, source, { pick, type, quiet = false, taken = [] }) {
  const list = h("ul", { role: "listbox", id: `list${++ids}`, class: "options", "aria-label": "Suggestions", hidden: true });
  const input = h("input", { id, value, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": list.id, "data-key": id });
  const asked = latest();
  let [found, active, looks] = [[], -1, 0];
  const show = (open) => {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) mark(-1);
  };
  const mark = (index) => {
    active = index;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === index)));
    if (index >= 0) input.setAttribute("aria-activedescendant", list.children[index].id);
    else input.removeAttribute("aria-activedescendant");
    list.children[index]?.scrollIntoView({ block: "nearest" });
  };
  const stop = () => {
    asked.stop();
    list.ariaBusy = "false";
  };
  const take = (text, entry) => {
    stop();
    input.value = text;
    show(false);
    pick(text, entry);
  };
  const fill = (entries) => {
    const held = found[active]?.value;
    found = entries;
    list.replaceChildren(...entries.map((entry, i) => option(`${list.id}-${i}`, entry, () => take(entry.value, entry))));
    mark(entries.findIndex((entry) => entry.value === held));
    show(entries.length > 0 && document.activeElement === input);
  };
  const look = async () => {
    const [kind, parameters] = source();
    const mine = ++looks;
    list.ariaBusy = "true";
    const answer = await asked(suggestions(kind, { ...parameters, q: input.value })).catch(() => null);
    if (answer) fill(answer.results.filter((entry) => !taken.includes(entry.value)));
    if (mine === looks) list.ariaBusy = "false";
  };
  // Until the answer is there, nothing is offered that what is typed rules out: keys come faster than answers.
  const fits = (entry) => `${entry.label ?? ""} ${entry.value}`.toLowerCase().includes(input.value.toLowerCase());
  input.addEventListener("input", () => {
    type?.(input.value);
    fill(found.filter(fits));
    look();
  });
  input.addEventListener(quiet ? "click" : "focus", look);
  input.addEventListener("blur", () => {
    stop();
    unheld(() => show(false));
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && list.hidden) look();
    else if (step) mark((active + step + found.length) % found.length);
    else if (event.key === "Enter" && active >= 0) take(found[active].value, found[active]);
    else if (event.key === "Enter" && input.value) take(input.value, found.find((entry) => entry.value === input.value));
    else if (event.key === "Escape" && !list.hidden) show(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return h("div", { class: "combo" }, input, list);
}

function option(id, entry, take) {
  const end = entry.count != null ? `${number(entry.count)}${entry.more ? "+" : ""}` : (entry.note ?? "");
  const onmousedown = (event) => event.preventDefault();
  return h("li", { role: "option", id, "aria-selected": "false", onmousedown, onclick: take }, h("span", {}, entry.label ?? entry.value), h("small", {}, end));
}

/** Several values: each with a button that takes it out, and a combobox that puts one in. `flush` takes what is typed. */
export function chips(id, values, source, onchange, flushes) {
  const list = [values ?? []].flat().map(String);
  const box = h("div", { class: "chips" });
  const set = (next, focus) => {
    list.splice(0, list.length, ...next);
    onchange([...list]);
    draw();
    if (focus) box.querySelector("input").focus();
  };
  const add = (text) => text !== "" && !list.includes(text) && set([...list, text], true);
  const draw = () => {
    const drop = (text) => () => {
      set(list.filter((one) => one !== text), true);
      say(`${text} taken out`);
    };
    const made = list.map((text) => h("span", { class: "chip" }, text, button("×", drop(text), { class: "drop", "aria-label": `Take out ${text}` })));
    box.replaceChildren(...made, combobox(id, "", source, { pick: (text) => add(text), quiet: list.length > 0, taken: list }));
  };
  flushes.push(() => {
    const typed = box.querySelector("input").value;
    if (typed !== "" && !list.includes(typed)) onchange([...list, typed]);
  });
  draw();
  return box;
}

/** A number as it is typed; null while it is none. */
export function numeric(id, value, onchange, attributes = {}) {
  const take = (event) => onchange(event.target.value.trim() === "" || event.target.validity.badInput ? null : Number(event.target.value));
  return h("input", { id, "data-key": id, type: "number", step: "any", inputmode: "decimal", value: value ?? "", oninput: take, ...attributes });
}

const UNITS = ["minutes", "hours", "days", "weeks"].map((unit) => [unit, unit]);

/** An amount and a unit of time, under one label. */
export function period(text, value, onchange, units = UNITS) {
  const now = { amount: value?.amount ?? null, unit: value?.unit ?? "days" };
  const set = (change) => onchange(Object.assign(now, change) && { ...now });
  const amount = field(text, (id) => numeric(id, now.amount, (n) => set({ amount: n }), { min: 1, step: 1 }));
  const unit = field("Unit", (id) => choice(id, units, now.unit, (one) => set({ unit: one })));
  return h("div", { class: "row" }, amount, unit);
}

/** An instant, written and read in UTC. */
export function moment(text, value, onchange) {
  const date = value ? new Date(/[Zz]|[+-]\d\d:?\d\d$/.test(value) || !value.includes("T") ? value : `${value}Z`) : null;
  const shown = date && !Number.isNaN(date.getTime()) ? date.toISOString().slice(0, 16) : "";
  const take = (event) => onchange(event.target.value ? `${event.target.value.slice(0, 16)}:00Z` : "");
  return field(`${text} (UTC)`, (id) => h("input", { id, "data-key": id, type: "datetime-local", value: shown, oninput: take }));
}

export const ticks = (heading, options, chosen, onchange) =>
  h(
    "fieldset",
    {},
    h("legend", {}, heading),
    options.map(([key, text]) => {
      const flip = (event) => onchange(event.target.checked ? [...chosen(), key] : chosen().filter((one) => one !== key));
      return h("label", { class: "tick" }, h("input", { type: "checkbox", checked: chosen().includes(key), onchange: flip }), text);
    }),
  );
