/* The editor of each part of a sentence: `build(c)` gives its inputs, `c.node()` and `c.set(change)` read and write the
part of the rule it stands for. `title` names the dialog. */

import { button, choice, field, h } from "./dom.js";
import { chips, combobox, moment, numeric, period, ticks } from "./fields.js";
import { entryOf, freshTest, numberChoices, operatorChoices, withOperator } from "./operators.js";
import { page } from "./server.js";
import { CONSENTS, STATES } from "./words.js";

const AGGREGATES = [["count", "how many times"], ["days_active", "on how many days"], ["sum", "total of"], ["avg", "average of"], ["min", "lowest"], ["max", "highest"], ["distinct", "how many different"]];
const COMPARISONS = ["eq", "neq", "gt", "gte", "lt", "lte"];
const SIDES = [["measure", "what they did"], ["attribute", "something about them"], ["number", "a number"]];
const days = (amount) => ({ amount, unit: "days" });
const names = (event) => (event === "*" ? [] : [event ?? []].flat());
const one = (list) => (list.length === 1 ? list[0] : list);

/* The operand of a test, one input for each kind of value in rules/operators.py. */
function operand(c, source) {
  const node = c.node();
  const set = (value) => c.set({ value });
  const pair = (i, value) => [0, 1].map((k) => (k === i ? value : (c.node().value?.[k] ?? null)));
  const text = (id) => combobox(id, node.value ?? "", source, { pick: set, type: set });
  const made = {
    none: () => [],
    text: () => field("Text", text),
    texts: () => field("Any of these", (id) => chips(id, node.value, source, (list) => set(one(list)), c.flushes)),
    number: () => field("Number", (id) => numeric(id, node.value, set)),
    numbers: () => h("div", { class: "row" }, ["From", "To"].map((name, i) => field(name, (id) => numeric(id, node.value?.[i], (n) => set(pair(i, n)))))),
    instant: () => moment("Date", node.value, set),
    instants: () => ["From", "Before"].map((name, i) => moment(name, node.value?.[i], (text_) => set(pair(i, text_)))),
    duration: () => period("How long", node.value, set),
    days: () => period("How long", node.value, set, [["days", "days"], ["weeks", "weeks"]]),
  };
  return made[entryOf(node.operator, node.value)?.operand ?? "none"]();
}

function test(c, known, source) {
  const node = c.node();
  const entry = entryOf(node.operator, node.value);
  const type = entry?.type === "any" ? "any" : entry?.type;
  const pick = (key) => {
    c.replace(withOperator(c.node(), ...key.split(":")));
    c.redraw();
  };
  // The order stays while the editor is open: whoever steps through it by keys must not lose the place.
  c.likely ??= type === "any" ? "" : type;
  const choices = operatorChoices(known?.type ?? c.likely, known?.certain);
  return [field("How", (id) => choice(id, choices, `${type}:${node.operator}`, pick)), operand(c, source)];
}

const attributeOf = (key) => page.attributes.find((entry) => entry.value === key);

function keyed(c, kind, parameters, key, label, types) {
  const took = (text, entry) => {
    if (entry?.type) c.likely = entry.type;
    c.renamed(key, text, types ? entry : null);
  };
  return field(label, (id) => combobox(id, c.node()[key] ?? "", () => [kind, parameters()], { pick: (text, entry) => took(text, entry) || c.redraw(), type: (text) => took(text, null) }));
}

/* Changing what is compared changes its type: the test starts anew where its operator does not fit. */
function retyped(node, key, text, entry) {
  const next = { ...node, [key]: text };
  const type = entryOf(node.operator, node.value)?.type;
  if (!entry?.type || entry.type === type || type === "any" || next.operator === undefined) return next;
  const { value, operator, ...rest } = next;
  return { ...rest, ...freshTest(entry.type) };
}

const propertySource = (c) => () => ["values", { event: names(c.events()), property: c.node().property }];

function propertyTest(c) {
  return [keyed(c, "properties", () => ({ event: names(c.events()) }), "property", "Property", true), test(c, null, propertySource(c))];
}

function window(c) {
  const value = c.node().window ?? { ever: true };
  const form = Object.keys(value)[0];
  const set = (made) => c.set({ window: made });
  const blanks = { ever: { ever: true }, last: { last: days(30) }, from: { from: days(60), to: days(30) }, between: { between: ["", ""] } };
  const forms = [["ever", "ever"], ["last", "in the last…"], ["from", "between two times ago"], ["between", "between two dates"]];
  const pick = (key) => {
    set(blanks[key]);
    c.redraw();
  };
  const inputs = {
    ever: () => [],
    last: () => period("How long", value.last, (last) => set({ last })),
    from: () => ["from", "to"].map((key) => period(key === "from" ? "From this long ago" : "Until this long ago", value[key], (d) => set({ ...c.node().window, [key]: d }))),
    between: () => ["From", "Before"].map((name, i) => moment(name, value.between[i], (text) => set({ between: c.node().window.between.map((old, k) => (k === i ? text : old)) }))),
  };
  return [field("When", (id) => choice(id, forms, form, pick)), inputs[form]?.() ?? []];
}

function events(c) {
  const any = c.node().event === "*";
  const set = (event) => c.set({ event });
  const flip = (event) => {
    set(event.target.checked ? "*" : "");
    c.redraw();
  };
  const some = () => field("Event, or any of several", (id) => chips(id, names(c.node().event).filter(Boolean), () => ["events", {}], (list) => set(list.length ? one(list) : ""), c.flushes));
  const add = () => {
    c.set({ where: [...(c.node().where ?? []), { property: "", ...freshTest("text") }] });
    c.next(["where", c.node().where.length - 1], "where");
  };
  return [any ? [] : some(), h("label", { class: "tick" }, h("input", { type: "checkbox", checked: any, onchange: flip }), "Any event"), button("+ Where a property…", add)];
}

function aggregate(c) {
  const measure = c.node().measure ?? {};
  const pick = (key) => {
    c.set({ measure: ["count", "days_active"].includes(key) ? { aggregate: key } : { aggregate: key, property: measure.property ?? "" } });
    c.redraw();
  };
  const set = (property) => c.set({ measure: { ...c.node().measure, property } });
  const source = () => ["properties", { event: names(c.events()) }];
  const of = () => field("Property", (id) => combobox(id, measure.property ?? "", source, { pick: set, type: set }));
  return [field("Measure", (id) => choice(id, AGGREGATES, measure.aggregate, pick)), "property" in measure ? of() : []];
}

function measure(c) {
  const pick = (operator) => {
    c.replace(withOperator(c.node(), "number", operator));
    c.redraw();
  };
  const bare = ["avg", "min", "max"].includes(c.node().measure?.aggregate) ? ["is_set", "is_not_set"] : [];
  return [aggregate(c), field("How", (id) => choice(id, numberChoices(bare), c.node().operator, pick)), operand(c, () => ["values", {}])];
}

function side(c) {
  const node = c.node();
  const form = node.attribute !== undefined ? "attribute" : node.measure ? "measure" : "number";
  const blanks = { attribute: { attribute: "" }, number: { number: 0 }, measure: { event: "", measure: { aggregate: "count" }, window: { last: days(90) } } };
  const pick = (key) => {
    c.replace(blanks[key]);
    c.redraw();
  };
  const set = (attribute) => c.set({ attribute });
  const inputs = {
    attribute: () => field("Attribute", (id) => combobox(id, node.attribute, () => ["attributes", { type: "number" }], { pick: set, type: set })),
    number: () => field("Number", (id) => numeric(id, node.number, (number) => c.set({ number }))),
    measure: () => aggregate(c),
  };
  return [field("Compare", (id) => choice(id, SIDES, form, pick)), inputs[form]()];
}

function within(c) {
  const node = c.node();
  const flip = (event) => {
    c.set({ after: event.target.checked ? { amount: 1, unit: "hours" } : undefined });
    c.redraw();
  };
  const wait = () => [h("label", { class: "tick" }, h("input", { type: "checkbox", checked: Boolean(node.after), onchange: flip }), "Count only once some time has passed"), node.after ? period("After", node.after, (after) => c.set({ after })) : []];
  return [period("Within", node.within, (d) => c.set({ within: d })), node.negate ? wait() : []];
}

function state(c) {
  const pick = (key) => {
    c.set({ state: key, window: ["entered", "left"].includes(key) ? (c.node().window ?? { last: days(7) }) : undefined });
    c.redraw();
  };
  return [field("How", (id) => choice(id, Object.entries(STATES), c.node().state, pick))];
}

function consent(c) {
  const operators = [["is", "consent is"], ["is_not", "consent is not"], ["reachable", "can be reached"], ["not_reachable", "cannot be reached"]];
  const pick = (operator) => {
    c.set({ operator, value: operator.endsWith("reachable") ? undefined : (c.node().value ?? "subscribed") });
    c.redraw();
  };
  const states = () => ticks("Any of these", Object.entries(CONSENTS), () => [c.node().value ?? []].flat(), (list) => c.set({ value: one(list) }));
  return [field("How", (id) => choice(id, operators, c.node().operator, pick)), c.node().operator?.endsWith("reachable") ? [] : states()];
}

const picked = (title, label, key, options) => ({ title, build: (c) => field(label, (id) => choice(id, options(), c.node()[key] ?? "", (value) => c.set({ [key]: value }))) });

export const editors = {
  key: { title: "About the customer", build: (c) => keyed(c, "attributes", () => (c.node().type === "percentile" ? { type: "number" } : {}), "key", "Attribute", true) },
  test: {
    title: "Compare with",
    build: (c) => (c.node().key === undefined ? test(c, null, propertySource(c)) : test(c, attributeOf(c.node().key), () => ["values", { attribute: c.node().key }])),
  },
  event: { title: "What they did", build: events },
  where: { title: "Where a property", build: (c) => [propertyTest(c), button("Remove this test", c.remove, { class: "btn plain bad" })] },
  window: { title: "When", build: window },
  measure: { title: "How often, or how much", build: measure },
  which: picked("Which event", "Which", "which", () => [["last", "the latest"], ["first", "the first"]]),
  property: { title: "Property of that event", build: (c) => keyed(c, "properties", () => ({ event: names(c.events()) }), "property", "Property", true) },
  then: { title: "And then", build: (c) => field("What follows", (id) => choice(id, [["did", "did the second"], ["not", "did not do the second"]], c.node().negate ? "not" : "did", (key) => c.set(key === "not" ? { negate: true } : { negate: undefined, after: undefined }))) },
  within: { title: "Within", build: within },
  same: { title: "The same in both", build: (c) => field("Properties that must be equal", (id) => chips(id, c.node().same, () => ["properties", { event: names(c.node().first?.event) }], (list) => c.set({ same: list.length ? list : undefined }), c.flushes)) },
  side: { title: "One side", build: side },
  factor: { title: "How they compare", build: (c) => [field("How", (id) => choice(id, numberChoices([], COMPARISONS), c.node().operator, (operator) => c.set({ operator }))), field("Times the other side", (id) => numeric(id, c.node().factor ?? 1, (factor) => c.set({ factor })))] },
  offset: { title: "Plus", build: (c) => field("Added to the other side", (id) => numeric(id, c.node().offset ?? 0, (offset) => c.set({ offset }))) },
  share: { title: "Share of all customers", build: (c) => [field("Side", (id) => choice(id, [["top", "top"], ["bottom", "bottom"]], c.node().side, (value) => c.set({ side: value }))), field("Per cent", (id) => numeric(id, c.node().percent, (percent) => c.set({ percent }), { min: 0, max: 100 }))] },
  state: { title: "In another segment", build: state },
  segment: picked("Which segment", "Segment", "segment", () => [["", "choose…"], ...page.segments.map((s) => [s.slug, s.status === "live" ? s.name : `${s.name} (${s.status})`])]),
  channel: picked("Channel", "Channel", "channel", () => page.channels.map((name) => [name, name])),
  consent: { title: "Consent", build: consent },
};

/* What `c.renamed` does with a new key, kept here beside the types it reads. */
export { retyped };
