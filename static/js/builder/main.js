/* The builder: the rule, its history and its views, wired to the page. */

import { button, focusKey, h, paint, say, unheld } from "./dom.js";
import { draggable } from "./drag.js";
import { Draft } from "./draft.js";
import { editors, retyped } from "./editors.js";
import { Json } from "./json.js";
import { KINDS, freshGroup } from "./kinds.js";
import { open } from "./popover.js";
import { Preview } from "./preview.js";
import { page } from "./server.js";
import { Store } from "./store.js";
import { at, inserted, isGroup, moved, neighbour, parentOf, pointer, put, read } from "./tree.js";
import { View } from "./view.js";
import { wishBox } from "./wish.js";
import { pieces } from "./words.js";

const byId = (id) => document.getElementById(`builder-${id}`);
const canvas = byId("rule");
const store = new Store(read(page.rule));
let seen = { faults: [], counts: new Map() };

const focus = (path, what = "grip") => focusKey(canvas, `${pointer(path)}:${what}`);
const pathOf = (text) => text.split("/").slice(1).map((key) => (/^\d+$/.test(key) ? Number(key) : key));

function draw() {
  const faults = seen.faults.map((fault) => ({ ...fault, shown: false }));
  paint(canvas, new View(store.tree, { faults, counts: seen.counts, on }).draw());
  byId("undo").disabled = !store.past.length;
  byId("redo").disabled = !store.future.length;
}

function step(path, direction) {
  const to = direction === "across" ? across(path) : neighbour(store.tree, path, direction);
  const done = to && moved(direction === "across" ? withSides(store.tree) : store.tree, path, to);
  if (!done) return say("It cannot go there.");
  store.change(done[0]);
  focus(done[1]);
  say(`Moved to place ${done[1].at(-1) + 1} of ${at(store.tree, done[1].slice(0, -1)).length}.`);
}

const withSides = (tree) => (isGroup(tree.exclude) ? tree : { ...tree, exclude: { op: "any", conditions: [] } });
const across = (path) => {
  const other = path[0] === "include" ? "exclude" : "include";
  return [other, "conditions", withSides(store.tree)[other].conditions.length];
};

function remove(path) {
  const whole = put(store.tree, path, undefined);
  store.change(isGroup(whole.exclude) && !whole.exclude.conditions.length ? put(whole, ["exclude"], undefined) : whole);
  say("Deleted. Undo brings it back.");
  const list = at(store.tree, path.slice(0, -1)) ?? [];
  const next = Math.min(path.at(-1), list.length - 1);
  if (next < 0 || !focus([...path.slice(0, -1), next])) focus(parentOf(path), "add") || focusKey(canvas, "exclude");
}

const APART = "Take the group apart";
const actions = {
  "Move up": (path) => step(path, "up"),
  "Move down": (path) => step(path, "down"),
  "Move into the group beside it": (path) => step(path, "into"),
  "Move out of its group": (path) => step(path, "out"),
  "Move to the other side (in or out)": (path) => step(path, "across"),
  "Wrap in a group": (path) => {
    store.edit(path, (node) => ({ ...freshGroup(), conditions: [node] }));
    focus([...path, "conditions", 0]);
  },
  [APART]: (path) => {
    const list = at(store.tree, path.slice(0, -1));
    store.change(put(store.tree, path.slice(0, -1), list.toSpliced(path.at(-1), 1, ...at(store.tree, path).conditions)));
    focus(path) || focus(parentOf(path), "add");
  },
  Duplicate: (path) => {
    const copy = [...path.slice(0, -1), path.at(-1) + 1];
    store.change(inserted(store.tree, copy, at(store.tree, path)));
    focus(copy);
  },
  "Turn off or on": (path) => store.edit(path, ({ off, ...node }) => (off ? node : { ...node, off: true })),
  Delete: remove,
};

const KEYS = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "into", ArrowLeft: "out" };

/* What a sentence's editor may do with the part of the rule it stands for. */
function contextOf(context, path, piece) {
  const place = [...path, ...piece.at];
  const change = (node) => store.change(put(store.tree, place, node), context.session);
  const clean = (node) => Object.fromEntries(Object.entries(node).filter(([, value]) => value !== undefined));
  return Object.assign(context, {
    node: () => at(store.tree, place),
    replace: change,
    set: (fields) => change(clean({ ...at(store.tree, place), ...fields })),
    renamed: (key, text, entry) => change(retyped(at(store.tree, place), key, text, entry)),
    events: () => {
      for (let end = place.length; end > 1; end--) if (at(store.tree, place.slice(0, end))?.event !== undefined) return at(store.tree, place.slice(0, end)).event;
      return [];
    },
    next: (more, editor) => {
      context.then = { editor, text: "", at: [...piece.at, ...more], covers: [] };
      context.close();
    },
    remove: () => {
      const rest = at(store.tree, place.slice(0, -1)).filter((_, i) => i !== place.at(-1));
      store.change(put(store.tree, place.slice(0, -1), rest.length ? rest : undefined), context.session);
      context.close();
    },
  });
}

function edit(path, piece, anchor) {
  const key = anchor.dataset.key;
  let mine = null;
  const { title, build } = editors[piece.editor];
  const closed = () => {
    store.session = null;
    if (mine?.then) return edit(path, mine.then, canvas.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? canvas);
    if (!focusKey(canvas, key)) focus(path);
  };
  open({ title, anchor, closed, build: (context) => build((mine = contextOf(context, path, piece))) });
}

/* Puts a typed condition at the end of the group at `path`, or on the side of the rule where it belongs. */
function takeWish({ node, side }, path = [side]) {
  const list = path[0] === side ? path : [side];
  const tree = side === "exclude" ? withSides(store.tree) : store.tree;
  store.change(inserted(tree, [...list, "conditions", at(tree, list).conditions.length], node));
}

function add(path, anchor) {
  let chosen = null;
  const typed = (context) =>
    wishBox((wish) => {
      takeWish(wish, path);
      context.close();
    });
  const offer = (context) => [typed(context), h("p", { class: "sub" }, "or choose what it is about"), kinds(context)];
  const kinds = (context) =>
    KINDS.map((kind) => {
      const take = () => {
        chosen = kind;
        context.close();
      };
      return h("button", { type: "button", class: "kind", onclick: take }, h("b", {}, kind.title), h("span", {}, kind.example));
    });
  const closed = () => {
    if (!chosen) return focus(path, "add");
    const place = [...path, "conditions", at(store.tree, path).conditions.length];
    const node = chosen.make();
    store.change(inserted(store.tree, place, node));
    const first = pieces(node, {}).findIndex((piece) => piece.editor === chosen.first);
    edit(place, pieces(node, {})[first], canvas.querySelector(`[data-key="${CSS.escape(`${pointer(place)}:${first}`)}"]`));
  };
  open({ title: "Add a condition", anchor, build: offer, closed });
}

const on = {
  edit,
  add,
  menu(path, anchor) {
    const key = anchor.dataset.key;
    let chosen = null;
    const take = (name, context) => () => {
      chosen = name;
      context.close();
    };
    const build = (context) => Object.keys(actions).filter((name) => name !== APART || isGroup(at(store.tree, path))).map((name) => button(name, take(name, context), { class: "kind" }));
    open({ title: "This condition", anchor, build, closed: () => (chosen ? (actions[chosen](path), chosen.startsWith("Turn") && focusKey(canvas, key)) : focusKey(canvas, key)) });
  },
  key(path, event) {
    if (KEYS[event.key]) step(path, KEYS[event.key]);
    else if (event.key === "Delete" || event.key === "Backspace") remove(path);
    else return;
    event.preventDefault();
  },
  op: (path, op) => store.edit(path, (node) => ({ ...node, op })),
  join: (path) => store.edit(path, (node) => ({ ...node, op: { all: "any", any: "none", none: "all" }[node.op] ?? "all" })),
  addGroup(path) {
    const place = [...path, "conditions", at(store.tree, path).conditions.length];
    store.change(inserted(store.tree, place, freshGroup()));
    focus(place, "add");
  },
  exclude() {
    store.edit(["exclude"], () => ({ op: "any", conditions: [] }));
    focus(["exclude"], "add");
  },
};

function history(direction) {
  if (!store[direction]()) return;
  say(direction === "undo" ? "Undone." : "Done again.");
}

function shortcuts(event) {
  if (!(event.ctrlKey || event.metaKey) || event.target.closest("input, textarea, dialog")) return;
  const direction = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[event.key.toLowerCase()];
  if (direction) event.preventDefault();
  if (direction) history(direction);
}

function tabs() {
  const views = ["sentences", "json"];
  const show = (name) => {
    for (const view of views) {
      byId(`${view}-view`).hidden = view !== name;
      byId(view).setAttribute("aria-pressed", String(view === name));
    }
  };
  for (const view of views) byId(view).addEventListener("click", () => show(view));
}

store.listen(() => {
  seen = { faults: [], counts: new Map() };
  draw();
});
draw();
tabs();
new Json(store, byId("document"), byId("document-fault"));
const draft = new Draft(store, { status: byId("status"), banner: byId("banner") });
const names = ["size", "number", "note", "bar", "rows", "sentence", "warnings", "funnel", "sample", "missed"];
new Preview(store, Object.fromEntries(names.map((name) => [name, byId(name)])), ({ faults, counts }) => {
  seen = { faults, counts };
  byId("faults").replaceChildren(...faults.map((fault) => h("li", { class: "fault" }, h("code", {}, pointer(fault.path) + fault.rest), " ", fault.message)));
  unheld(draw);
});
const wish = wishBox((one) => takeWish(one), { "aria-describedby": "builder-wish-hint" });
byId("wish").append(wish);
if (page.editable && isGroup(store.tree?.include) && !store.tree.include.conditions.length) wish.querySelector("input").focus({ preventScroll: true });
draggable(canvas, (from, to) => {
  const done = moved(store.tree, pathOf(from), pathOf(to));
  if (!done) return;
  store.change(done[0]);
  focus(done[1]);
});
byId("undo").addEventListener("click", () => history("undo"));
byId("redo").addEventListener("click", () => history("redo"));
document.addEventListener("keydown", shortcuts);
byId("publish")?.addEventListener("click", async (event) => {
  event.preventDefault();
  if (await draft.settled()) location.assign(event.target.closest("a").href);
});
