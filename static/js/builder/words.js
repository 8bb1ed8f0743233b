/* A condition as a sentence: plain words between the parts that can be changed. Knows no element of the page. */

import { number } from "./dom.js";
import { entryOf } from "./operators.js";
import { isGroup } from "./tree.js";

const MEASURES = { sum: "total", avg: "average", min: "lowest", max: "highest", distinct: "number of different" };
const SIGNS = { eq: "equal to", neq: "not equal to", gt: "more than", gte: "at least", lt: "less than", lte: "at most" };
export const JOINS = { all: "and", any: "or", none: "nor" };
export const STATES = { in: "is in", ever: "was ever in", entered: "entered", left: "left" };
export const CONSENTS = { subscribed: "subscribed", unsubscribed: "unsubscribed", never: "never asked" };

export const label = (key) => (key ? String(key).replaceAll("_", " ") : "choose…");
const listed = (values, word = "or") => (values.length > 1 ? `${values.slice(0, -1).join(", ")} ${word} ${values.at(-1)}` : (values[0] ?? "…"));
export const duration = (d) => (d?.amount != null ? `${number(d.amount)} ${d.amount === 1 ? d.unit.slice(0, -1) : d.unit}` : "…");

export function instant(text) {
  const date = new Date(/Z|[+-]\d\d:?\d\d$/.test(text) || !text?.includes("T") ? text : `${text}Z`);
  if (!text || Number.isNaN(date.getTime())) return text || "…";
  const [day, time] = date.toISOString().split("T");
  return time.startsWith("00:00:00.000") ? day : `${day} ${time.slice(0, 5)} UTC`;
}

const said = {
  none: () => "",
  text: (value) => (value === "" || value == null ? "…" : `“${value}”`),
  texts: (value) => listed([value ?? []].flat().map((one) => (one === "" ? "“”" : String(one)))),
  number: number,
  numbers: (value) => listed([value ?? []].flat().map(number), "and"),
  instant: instant,
  instants: (value) => listed([value ?? []].flat().map(instant), "and"),
  duration: duration,
  days: duration,
};

export function test(node) {
  const entry = entryOf(node.operator, node.value);
  return entry ? `${entry.label} ${said[entry.operand](node.value)}`.trim() : `${node.operator ?? "…"}`;
}

export function window(node) {
  if (!node || node.ever) return "ever";
  if (node.last) return `in the last ${duration(node.last)}`;
  if (node.from) return `between ${duration(node.from)} and ${duration(node.to)} ago`;
  if (node.between) return `from ${instant(node.between[0])} until ${instant(node.between[1])}`;
  return "…";
}

export const events = (names) => (names === "*" ? "any event" : listed([names ?? []].flat().filter(Boolean)).replace(/^…$/, "choose an event"));

const amount = (node) => (Array.isArray(node.value) ? listed(node.value.map(number), "and") : number(node.value));

/** `at least 3 times`, `on more than 2 days`, `with total revenue at least 2,000`. */
export function measured(node) {
  const { aggregate, property } = node.measure ?? {};
  const sign = SIGNS[node.operator] ?? entryOf(node.operator, 0)?.label.replace(/^is /, "") ?? "…";
  const many = `${sign} ${amount(node)}`.trim();
  const unit = (word) => (node.value === 1 ? word : `${word}s`);
  if (aggregate === "count" && node.operator === "gte" && node.value === 1) return "at least once";
  if (aggregate === "count") return `${many.replace(/^equal to/, "exactly")} ${unit("time")}`;
  if (aggregate === "days_active") return `on ${many.replace(/^equal to/, "exactly")} ${unit("day")}`;
  return `with ${MEASURES[aggregate] ?? "…"} ${label(property)} ${many}`;
}

const isNever = (node) => node.measure?.aggregate === "count" && ((node.operator === "eq" && node.value === 0) || (node.operator === "lt" && node.value === 1));

/** A part of a sentence that opens an editor: what is edited, where in the node it lies, the fields it answers for. */
const part = (editor, text, at = [], covers = [editor]) => ({ editor, text, at, covers });
const testPart = (node, at = []) => part("test", test(node), at, ["operator", "value"]);

function selector(node, at = []) {
  const where = (node?.where ?? []).map((line, i) => [i ? "and" : "where", part("where", `${line.property || "choose…"} ${test(line)}`, [...at, "where", i], [""])]);
  return [part("event", events(node?.event), at), ...where.flat()];
}

const windowPart = (node, at = []) => part("window", window(node?.window), at);

function side(node, at) {
  if (typeof node === "number" || node?.number !== undefined || node?.value !== undefined) return [part("side", number(node?.value ?? node?.number ?? node), at, [""])];
  if (node?.attribute !== undefined) return [part("side", label(node.attribute), at, ["attribute", ""])];
  const { aggregate, property } = node?.measure ?? {};
  const what = { count: "number of", days_active: "number of days with" }[aggregate] ?? `${MEASURES[aggregate] ?? "…"} ${label(property)} of`;
  return [part("side", what, at, ["measure", ""]), ...selector(node, at), windowPart(node, at)];
}

const sentences = {
  attribute: (node) => [part("key", label(node.key), [], ["key"]), testPart(node)],
  event: (node) => {
    if (isNever(node)) return ["has", part("measure", "not done", [], ["measure", "operator", "value"]), ...selector(node), windowPart(node)];
    return ["has done", ...selector(node), part("measure", measured(node), [], ["measure", "operator", "value"]), windowPart(node)];
  },
  latest: (node) => ["the", part("property", node.property || "choose…"), "of the", part("which", node.which === "first" ? "first" : "latest", [], ["which"]), ...selector(node), windowPart(node), testPart(node)],
  sequence: (node) => [
    "has done",
    ...selector(node.first, ["first"]),
    windowPart(node),
    node.negate ? "and then" : ", then",
    part("then", node.negate ? "not" : "did", [], ["negate"]),
    ...selector(node.then, ["then"]),
    part("within", `within ${duration(node.within)}${node.after ? `, counted after ${duration(node.after)}` : ""}`, [], ["within", "after"]),
    part("same", node.same?.length ? `same ${listed(node.same, "and")}` : "+ same property", [], ["same"]),
  ],
  compare: (node) => [
    ...side(node.left, ["left"]),
    "is",
    part("factor", `${SIGNS[node.operator] ?? "…"}${(node.factor ?? 1) === 1 ? "" : ` ${number(node.factor)} ×`}`, [], ["operator", "factor"]),
    ...side(node.right, ["right"]),
    part("offset", (node.offset ?? 0) === 0 ? "+ 0" : `${node.offset < 0 ? "minus" : "plus"} ${number(Math.abs(node.offset))}`, [], ["offset"]),
  ],
  percentile: (node) => [part("key", label(node.key), [], ["key"]), "is in the", part("share", `${node.side ?? "top"} ${number(node.percent)} %`, [], ["side", "percent"]), "of all customers"],
  segment: (node, names) => [part("state", STATES[node.state] ?? "…", [], ["state"]), part("segment", names[node.segment] ?? (node.segment || "choose a segment")), ...(["entered", "left"].includes(node.state) ? [windowPart(node)] : [])],
  consent: (node) => [part("channel", label(node.channel)), part("consent", consent(node), [], ["operator", "value"])],
};

function consent(node) {
  if (node.operator === "reachable") return "can be reached";
  if (node.operator === "not_reachable") return "cannot be reached";
  return `consent ${node.operator === "is_not" ? "is not" : "is"} ${listed([node.value ?? []].flat().map((state) => CONSENTS[state] ?? state))}`;
}

export const knows = (node) => node?.type in sentences;

/** The sentence of a condition in pieces: texts and parts. `names` are the segments' names by slug. */
export const pieces = (node, names) => (knows(node) ? sentences[node.type](node, names) : [`a condition that only the JSON view can change (${node?.type ?? "no type"})`]);

export const spoken = (node, names) => (isGroup(node) ? `group, ${node.op} of ${node.conditions.length}` : pieces(node, names).map((piece) => piece.text ?? piece).join(" "));
