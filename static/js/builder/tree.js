/* A rule as the builder holds it: the JSON document, never changed in place, and conditions that may be `off`.

A path is an array of keys from the document down: ["include", "conditions", 0]. The rule language has no word for a
condition that is turned off; it is written as a group that decides nothing (`neutral`), so that a saved draft means
the same to every reader, and read back as the condition with `off`. */

const everyone = { op: "all", conditions: [] };
const nobody = { op: "any", conditions: [] };

export const isGroup = (node) => Array.isArray(node?.conditions);
export const pointer = (path) => path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
export const at = (tree, path) => path.reduce((node, key) => node?.[key], tree);
export const parentOf = (path) => path.slice(0, -2);

/** The tree with `value` at `path`; without that key where the value is undefined. */
export function put(tree, path, value) {
  if (!path.length) return value;
  const [key, ...rest] = path;
  const copy = Array.isArray(tree) ? [...tree] : { ...tree };
  const inner = put(copy[key], rest, value);
  if (inner === undefined) Array.isArray(copy) ? copy.splice(key, 1) : delete copy[key];
  else copy[key] = inner;
  return copy;
}

/** The tree with `node` put in before what stands at `path`. */
export function inserted(tree, path, node) {
  const list = [...at(tree, path.slice(0, -1))];
  list.splice(path.at(-1), 0, node);
  return put(tree, path.slice(0, -1), list);
}

/** `[tree, path]` after what stands at `from` went to stand before `to`; null where it would go into itself. */
export function moved(tree, from, to) {
  if (from.every((key, i) => to[i] === key)) return null;
  const last = from.length - 1;
  const target = [...to];
  if (to.length > last && from.slice(0, last).every((key, i) => to[i] === key) && to[last] > from[last]) target[last] -= 1;
  return [inserted(put(tree, from, undefined), target, at(tree, from)), target];
}

/** Where a condition goes when it is moved `up`, `down`, `into` a neighbouring group or `out` of its own; null if nowhere. */
export function neighbour(tree, path, direction) {
  const [list, index] = [path.slice(0, -1), path.at(-1)];
  const siblings = at(tree, list);
  if (direction === "up") return index > 0 ? [...list, index - 1] : null;
  if (direction === "down") return index < siblings.length - 1 ? [...list, index + 2] : null;
  if (direction === "into") {
    const above = siblings[index - 1];
    if (isGroup(above)) return [...list, index - 1, "conditions", above.conditions.length];
    return isGroup(siblings[index + 1]) ? [...list, index + 1, "conditions", 0] : null;
  }
  const parent = parentOf(path);
  return parent.length > 1 ? [...parent.slice(0, -1), parent.at(-1) + 1] : null;
}

const neutral = (op) => (op === "all" ? ["any", everyone] : ["all", nobody]);

function isNeutral(node, op) {
  const [outer, rest] = neutral(op);
  const second = node?.conditions?.[1];
  return node?.op === outer && node.conditions.length === 2 && isGroup(second) && second.op === rest.op && !second.conditions.length;
}

/* The database keeps keys in an order of its own; in the JSON view a condition starts with what it is. */
const ORDER = ["version", "include", "exclude", "op", "type", "key", "channel", "segment", "state", "event", "which", "first", "then", "property", "where", "measure", "left", "operator", "factor", "right", "value", "offset"];
const rank = (key) => (ORDER.indexOf(key) + 1 || ORDER.length + 1);

function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).sort((a, b) => rank(a) - rank(b));
  return Object.fromEntries(keys.map((key) => [key, ordered(value[key])]));
}

/** The builder's tree of a document: conditions that decide nothing become `off` again. */
export function read(raw) {
  const document = ordered(raw);
  const group = (node) => ({ ...node, conditions: node.conditions.map((child) => inner(child, node.op)) });
  const inner = (child, op) => {
    const off = isNeutral(child, op);
    const node = off ? child.conditions[0] : child;
    return { ...(isGroup(node) ? group(node) : node), ...(off && { off: true }) };
  };
  const sides = ["include", "exclude"].filter((side) => isGroup(document[side]));
  return { ...document, ...Object.fromEntries(sides.map((side) => [side, group(document[side])])) };
}

/** The document of a tree, and the builder's path of each pointer in it. `off` is "neutral" to keep, "left out" to skip. */
export function written(tree, off) {
  const places = new Map();
  const group = (node, path, place) => {
    places.set(pointer(place), path);
    const conditions = [];
    node.conditions.forEach((child, i) => {
      if (child.off && off === "left out") return;
      conditions.push(inner(child, node.op, [...path, "conditions", i], [...place, "conditions", conditions.length]));
    });
    return { ...node, conditions };
  };
  const inner = ({ off: isOff, ...node }, op, path, place) => {
    const own = isOff ? [...place, "conditions", 0] : place;
    places.set(pointer(own), path);
    const made = isGroup(node) ? group(node, path, own) : node;
    const [outer, rest] = neutral(op);
    return isOff ? { op: outer, conditions: [made, rest] } : made;
  };
  const document = { ...tree };
  for (const side of ["include", "exclude"]) {
    if (isGroup(tree[side])) document[side] = group(tree[side], [side], [side]);
  }
  if (isGroup(document.exclude) && !document.exclude.conditions.length) delete document.exclude;
  return { document, places };
}

/** The builder's path for a pointer of the document: of the nearest node above, with what is left of the pointer. */
export function placed(places, text) {
  let end = text.length;
  while (end > 0 && !places.has(text.slice(0, end))) end = text.lastIndexOf("/", end - 1);
  return end > 0 ? { path: places.get(text.slice(0, end)), rest: text.slice(end) } : { path: [], rest: text };
}
