/* Two drafts of one rule: shown side by side, and merged condition by condition. */

import { h } from "./dom.js";
import { page } from "./server.js";
import { isGroup } from "./tree.js";
import { spoken } from "./words.js";

const names = Object.fromEntries(page.segments.map((segment) => [segment.slug, segment.name]));
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const has = (list, node) => list.some((one) => same(one, node));
const none = { op: "any", conditions: [] };

/** Theirs with what I changed since `base`: what I added is put in, what I took out is left out. What both changed stands twice. */
export function merged(base, mine, theirs) {
  const exclude = group(base.exclude ?? none, mine.exclude ?? none, theirs.exclude ?? none);
  const tree = { ...theirs, include: group(base.include, mine.include, theirs.include) };
  delete tree.exclude;
  return exclude.conditions.length ? { ...tree, exclude } : tree;
}

function group(base, mine, theirs) {
  if (same(mine, base) || same(mine, theirs)) return theirs;
  if (same(theirs, base)) return mine;
  const [before, own, conditions] = [[...base.conditions], [...mine.conditions], [...theirs.conditions]];
  for (let i = 0; i < Math.min(before.length, own.length, conditions.length); i++) {
    // A group that both changed in its place is merged inside.
    if ([before, own, conditions].every((list) => isGroup(list[i]))) before[i] = own[i] = conditions[i] = group(before[i], own[i], conditions[i]);
  }
  const kept = conditions.filter((node) => !has(before, node) || has(own, node));
  own.forEach((node, i) => {
    if (!has(before, node) && !has(kept, node)) kept.splice(Math.min(i, kept.length), 0, node);
  });
  return { ...theirs, op: mine.op === base.op ? theirs.op : mine.op, conditions: kept };
}

/* A rule as lines, one a condition, with how deep it stands. */
function lines(tree) {
  const found = [];
  const walk = (node, depth) => {
    const inner = isGroup(node) ? { all: "all of", any: "any of", none: "none of" }[node.op] : spoken(node, names);
    found.push({ text: `${node.off ? "off: " : ""}${inner}`, depth });
    if (isGroup(node)) for (const child of node.conditions) walk(child, depth + 1);
  };
  walk(tree.include, 0);
  if (isGroup(tree.exclude)) {
    found.push({ text: "but nobody who matches", depth: 0 });
    walk(tree.exclude, 0);
  }
  return found;
}

/** Both drafts as two columns; what one has and the other has not is marked. */
export function columns(mine, theirs, who) {
  const [left, right] = [mine, theirs].map((tree) => (isGroup(tree?.include) ? lines(tree) : [{ text: "no rule", depth: 0 }]));
  const item = (line, others) => {
    const isOwn = !others.some((one) => one.text === line.text && one.depth === line.depth);
    return h("li", { class: `deep${Math.min(line.depth, 4)}` }, isOwn ? h("mark", {}, line.text) : line.text);
  };
  const column = (title, own, others) => h("section", {}, h("h3", {}, title), h("ul", {}, own.map((line) => item(line, others))));
  return h("div", { class: "versus" }, column("Yours, not saved", left, right), column(`${who}, saved`, right, left));
}
