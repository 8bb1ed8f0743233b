/* What the operators are called and what they compare with. The table comes from the server (rules/operators.py). */

import { page } from "./server.js";

const TYPES = { text: "Text", number: "Number", boolean: "Yes or no", date: "Date", list: "List", any: "Any" };
const NUMBERS = ["eq", "neq", "gt", "gte", "lt", "lte", "between", "not_between"];

export const operatorsOf = (type) => page.operators.filter((entry) => entry.type === type);

/** What a condition's operator is, its type read from the operand where two types have an operator of that name. */
export function entryOf(operator, value) {
  const known = page.operators.filter((entry) => entry.operator === operator);
  const wanted = [value].flat()[0];
  if (known.some((entry) => entry.type === "any")) return known.find((entry) => entry.type === "any");
  if (known.length > 1 && typeof wanted === "string") return known.find((entry) => entry.operand.startsWith("instant")) ?? known[0];
  return known[0];
}

/** `[heading, [[type:operator, label]]]` for a select: of one type where that is certain, else of all, the likely first. */
export function operatorChoices(type, certain) {
  const one = (name) => [TYPES[name], operatorsOf(name).filter((o) => name === "any" || !o.operator.endsWith("_set")).map((o) => [`${name}:${o.operator}`, o.label])];
  const likely = type && type !== "any" ? [type] : [];
  const others = certain && likely.length ? [] : Object.keys(TYPES).filter((name) => name !== "any" && !likely.includes(name));
  return [...likely, ...others].map(one).concat([["Known or not", one("any")[1]]]);
}

export const numberChoices = (more = [], names = NUMBERS) => [...names, ...more].map((name) => [name, operatorsOf("number").find((o) => o.operator === name).label]);

export const blank = (operand) =>
  ({
    none: undefined,
    text: "",
    texts: [],
    number: null,
    numbers: [null, null],
    instant: "",
    instants: ["", ""],
    duration: { amount: 30, unit: "days" },
    days: { amount: 7, unit: "days" },
  })[operand];

/** A test with another operator; the value stays where the new one takes the same kind of value. */
export function withOperator(node, type, operator) {
  const before = entryOf(node.operator, node.value);
  const entry = page.operators.find((o) => o.type === type && o.operator === operator);
  const { value, ...rest } = { ...node, operator };
  if (before?.operand === entry.operand && value !== undefined) return { ...rest, value };
  const made = blank(entry.operand);
  return made === undefined ? rest : { ...rest, value: made };
}

/** A test of this type as a new condition starts with. */
export function freshTest(type) {
  const first = { text: "is", number: "gte", boolean: "is_true", date: "in_last", list: "has_any" }[type] ?? "is";
  return withOperator({ operator: "" }, { any: "text" }[type] ?? type, first);
}
