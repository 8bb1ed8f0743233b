/* The rule drawn as sentences. Everything shown comes from the tree and the last answer; clicks are told to `on`. */

import { button, h, number } from "./dom.js";
import { page } from "./server.js";
import { isGroup, pointer } from "./tree.js";
import { JOINS, pieces, spoken } from "./words.js";

const OPS = { all: "all", any: "any", none: "none" };
const HEADS = { include: ["Customers who match", "of these"], exclude: ["but nobody who matches", "of these"] };
const names = Object.fromEntries(page.segments.map((segment) => [segment.slug, segment.name]));

export class View {
  /** `faults` are `{path, rest, message}`; `counts` maps a pointer of the tree to `{count, text}`. */
  constructor(tree, { faults, counts, on }) {
    Object.assign(this, { tree, faults, counts, on });
  }

  draw() {
    if (!isGroup(this.tree?.include)) return [h("p", { class: "note" }, "This rule has no group to include. Change it in the JSON view.")];
    const { exclude } = this.tree;
    const out = () => h("p", { class: "add" }, button("+ Leave some out", (event) => this.on.exclude(event), { "data-key": "exclude" }));
    return [this.group(this.tree.include, ["include"]), isGroup(exclude) ? this.group(exclude, ["exclude"]) : out()];
  }

  group(node, path) {
    const root = path.length === 1;
    const [before, after] = root ? HEADS[path[0]] : ["", "of these"];
    const key = pointer(path);
    const pick = h("select", { class: "pick", "aria-label": "How many must hold", "data-key": `${key}:op`, onchange: (event) => this.on.op(path, event.target.value) });
    pick.append(...Object.entries(OPS).map(([op, text]) => h("option", { value: op, selected: op === node.op }, text)));
    const head = h("div", { class: "says" }, !root && this.grip(node, path), h("span", {}, before, " ", pick, " ", after), this.left(path), !root && this.menu(node, path));
    const list = h("ul", { class: "conds" }, node.conditions.map((child, i) => this.item(child, [...path, "conditions", i], node.op)));
    const add = h(
      "div",
      { class: "add", "data-drop": pointer([...path, "conditions", node.conditions.length]) },
      button("+ Condition", (event) => this.on.add(path, event.currentTarget), { "data-key": `${key}:add` }),
      button("+ Group", () => this.on.addGroup(path), { "data-key": `${key}:group` }),
    );
    const attributes = { class: `group${path[0] === "exclude" && root ? " out" : ""}${node.off ? " off" : ""}`, role: "group", "aria-label": `${before} ${node.op} ${after}`.trim() };
    const empty = root && path[0] === "include" && !node.conditions.length && h("p", { class: "sub" }, "Without a condition, everyone is in.");
    return h("div", attributes, head, this.messages(path), empty, list, add);
  }

  item(node, path, op) {
    const join = path.at(-1) > 0 && h("div", { class: "join" }, button(JOINS[op] ?? "…", () => this.on.join(path.slice(0, -2)), { class: "", "data-key": `${pointer(path)}:join`, "aria-label": `${JOINS[op]}: switch how these conditions join` }));
    const inner = isGroup(node) ? this.group(node, path) : this.condition(node, path);
    return h("li", { "data-drop": pointer(path) }, join, inner);
  }

  condition(node, path) {
    const key = pointer(path);
    const said = pieces(node, names).map((piece, i) => (typeof piece === "string" ? `${piece} ` : [this.part(piece, path, `${key}:${i}`), " "]));
    const bad = this.faults.some((fault) => pointer(fault.path) === key);
    return h("div", { class: `cond${node.off ? " off" : ""}${bad ? " bad" : ""}` }, this.grip(node, path), h("div", { class: "word" }, node.off && h("span", { class: "tag" }, "off"), said, this.messages(path)), this.left(path), this.menu(node, path));
  }

  part(piece, path, key) {
    const wrong = this.faults.filter((fault) => pointer(fault.path) === pointer(path) && covers(piece, fault.rest));
    const id = `fault${key}`;
    const attributes = { class: "pick", "data-key": key, "aria-haspopup": "dialog", "aria-invalid": wrong.length ? "true" : false, "aria-describedby": wrong.length ? id : false };
    const control = button(piece.text, (event) => this.on.edit(path, piece, event.currentTarget), attributes);
    wrong.forEach((fault) => (fault.shown = true));
    return wrong.length ? [control, h("span", { class: "fault", id }, wrong.map((fault) => fault.message).join(" "))] : control;
  }

  messages(path) {
    const left = this.faults.filter((fault) => !fault.shown && pointer(fault.path) === pointer(path));
    return left.length ? h("p", { class: "fault" }, left.map((fault) => fault.message).join(" ")) : null;
  }

  grip(node, path) {
    const key = `${pointer(path)}:grip`;
    const title = "Drag, or move with the arrow keys";
    return h("button", { type: "button", class: "grip", draggable: "true", title, "data-key": key, "data-path": pointer(path), "aria-label": `Move: ${spoken(node, names)}`, onkeydown: (event) => this.on.key(path, event), onclick: (event) => this.on.menu(path, event.currentTarget) }, "⋮⋮");
  }

  menu(node, path) {
    return button("⋯", (event) => this.on.menu(path, event.currentTarget), { class: "more", "data-key": `${pointer(path)}:menu`, "aria-haspopup": "dialog", "aria-label": `Actions for: ${spoken(node, names)}` });
  }

  left(path) {
    const found = this.counts.get(pointer(path));
    return h("span", { class: "left" }, found && [h("b", {}, number(found.count)), found.text]);
  }
}

/* The field a fault names against those a part answers for; an empty name answers for all of its place. */
function covers(piece, rest) {
  const place = piece.at.map((key) => `/${key}`).join("");
  return piece.covers.some((field) => {
    const own = field === "" ? place : `${place}/${field}`;
    return own !== "" && (rest === own || rest.startsWith(`${own}/`));
  });
}
