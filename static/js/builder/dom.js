/* Elements made in script. Text is always set as text, never as markup, so that a name can't become a tag. */

/** One element: `onclick` and the like as listeners, `true` and `false` as present and absent, the rest as attributes. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/** A button that does one thing; `key` is what focus returns to after a redraw. */
export function button(text, onclick, attributes = {}) {
  return h("button", { type: "button", class: "btn plain", onclick, ...attributes }, text);
}

/** A label above its control, which `build` makes with the id it is given. */
let ids = 0;
export function field(label, build) {
  const id = `f${++ids}`;
  return h("div", { class: "field" }, h("label", { for: id }, label), build(id));
}

/** A `<select>` of `[value, text]` pairs, or of `[heading, pairs]` groups. */
export function choice(id, options, value, onpick, attributes = {}) {
  const option = ([key, text]) => h("option", { value: key, selected: key === value }, text);
  const inner = options.map((o) => (Array.isArray(o[1]) ? h("optgroup", { label: o[0] }, o[1].map(option)) : option(o)));
  return h("select", { id, "data-key": id, onchange: (event) => onpick(event.target.value), ...attributes }, inner);
}

/** Puts `children` in place of what a container holds; focus stays on the element of the same `data-key`. */
export function paint(container, children) {
  const held = container.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  container.replaceChildren(...children);
  if (held) focusKey(container, held);
}

export function focusKey(container, key) {
  const target = container.querySelector(`[data-key="${CSS.escape(key)}"]`);
  target?.focus();
  return Boolean(target);
}

/** `wait` milliseconds after the last call; `now` runs what is waiting at once. */
export function debounced(wait, run) {
  let timer = 0;
  const call = () => {
    clearTimeout(timer);
    timer = setTimeout(call.now, wait);
  };
  call.now = () => {
    const waiting = timer;
    clearTimeout(timer);
    timer = 0;
    return waiting ? run() : undefined;
  };
  return call;
}

/* What is drawn anew while the mouse is down would slip away under it: the click, or the drag, would be lost. */
let held = false;
let dragging = false;
const waiting = new Set();

const release = () => {
  held = dragging = false;
  setTimeout(() => {
    if (held) return;
    const runs = [...waiting];
    waiting.clear();
    for (const run of runs) run();
  });
};
addEventListener("pointerdown", () => (held = true), true);
addEventListener("dragstart", () => (dragging = true), true);
addEventListener("pointercancel", () => setTimeout(() => dragging || release()), true);
for (const name of ["pointerup", "dragend", "drop"]) addEventListener(name, release, true);

/** Runs now, or once the mouse is up; the same function once. */
export function unheld(run) {
  if (held) waiting.add(run);
  else run();
}

const live = document.getElementById("builder-said");

/** Tells a screen reader what changed. */
export function say(text) {
  live.textContent = "";
  requestAnimationFrame(() => (live.textContent = text));
}

export const number = (value) => (typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 10 }) : String(value ?? "…"));
