/* The kinds of condition on offer, each as it starts out and with the part that is asked for first. */

import { freshTest } from "./operators.js";

const days = (amount) => ({ last: { amount, unit: "days" } });
const orders = (window) => ({ event: "Order Completed", measure: { aggregate: "count" }, window });

export const KINDS = [
  {
    title: "What they did",
    example: "viewed Activewear at least 3 times in the last 2 days",
    first: "event",
    make: () => ({ type: "event", event: "", measure: { aggregate: "count" }, operator: "gte", value: 1, window: days(30) }),
  },
  { title: "Something about them", example: "country is Poland or Germany", first: "key", make: () => ({ type: "attribute", key: "", ...freshTest("text") }) },
  {
    title: "Their first or latest",
    example: "the latest page was seen on a phone",
    first: "event",
    make: () => ({ type: "latest", event: "", which: "last", property: "", ...freshTest("text"), window: { ever: true } }),
  },
  {
    title: "One thing, then another",
    example: "put in the cart, but did not order within a day",
    first: "event",
    make: () => ({ type: "sequence", first: { event: "" }, then: { event: "" }, negate: true, within: { amount: 24, unit: "hours" }, window: days(7) }),
  },
  {
    title: "Compare two numbers",
    example: "fewer orders in 90 days than in the 90 before",
    first: "side",
    make: () => ({ type: "compare", left: orders(days(90)), operator: "lt", factor: 1, right: orders({ from: { amount: 180, unit: "days" }, to: { amount: 90, unit: "days" } }) }),
  },
  { title: "Top or bottom share", example: "revenue in the top 20 %", first: "key", make: () => ({ type: "percentile", key: "", side: "top", percent: 20 }) },
  { title: "Another segment", example: "entered At risk in the last 7 days", first: "segment", make: () => ({ type: "segment", segment: "", state: "in" }) },
  { title: "Consent", example: "can be reached by email", first: "consent", make: () => ({ type: "consent", channel: "email", operator: "is", value: "subscribed" }) },
];

export const freshGroup = () => ({ op: "any", conditions: [] });
