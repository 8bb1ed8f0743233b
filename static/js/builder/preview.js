/* The numbers beside the rule: the exact count while it is edited, then the funnel and ten people on either side.
An answer is shown as fresh only for the rule that is on the page; until then the old one is greyed. */

import { button, debounced, h, number } from "./dom.js";
import { ask, latest, page } from "./server.js";
import { placed, pointer, written } from "./tree.js";

/* Two windows on one segment do not stop each other's questions. */
const TAB = Math.random().toString(36).slice(2);
const percent = (part, whole) => (whole ? `${((100 * part) / whole).toLocaleString("en", { maximumFractionDigits: 1 })} %` : "0 %");
const channels = { email: "e-mail", sms: "SMS", push: "push" };
const line = (term, value) => [h("dt", {}, term), h("dd", {}, value)];
const signed = (n) => `${n > 0 ? "+" : n < 0 ? "−" : ""}${number(Math.abs(n))}`;

export class Preview {
  /** `parts` are the elements to fill; `show({faults, counts})` puts messages and counts into the rule. */
  constructor(store, parts, show) {
    Object.assign(this, { store, parts, show, counted: latest(), detailed: latest(), places: new Map() });
    this.soon = debounced(300, () => this.run());
    store.listen(() => this.changed());
    addEventListener("pagehide", () => this.busy && this.cancel({ keepalive: true }));
    this.run();
  }

  changed() {
    this.counted.stop();
    this.detailed.stop();
    this.fresh(false, "size", "funnel", "sample", "missed");
    this.parts.size.setAttribute("aria-busy", "true");
    this.soon();
  }

  fresh(is, ...names) {
    for (const name of names) this.parts[name].classList.toggle("stale", !is);
  }

  /** Asks for the numbers of the rule as it is now. `again` says how often a question that was stopped may be put once more. */
  async run(again = 2) {
    const { document: rule, places } = written(this.store.tree, "left out");
    const asks = (part) => [page.urls.preview, { method: "POST", body: { rule, part, page: TAB } }];
    const mine = (this.busy = {});
    this.places = places;
    const waiting = setTimeout(() => this.slow(), 1200);
    try {
      const answer = await this.counted(...asks("count"));
      if (!answer) return;
      clearTimeout(waiting);
      this.take(answer);
      if (!answer.valid) return;
      const detail = await this.detailed(...asks("detail"));
      if (detail?.valid) this.detail(detail);
    } catch (error) {
      // An older question that came late stops the newer one: that is put again.
      if (error.status === 409 && again && this.busy === mine) return this.run(again - 1);
      this.say(`The size is not known: ${error.message}`, true);
    } finally {
      clearTimeout(waiting);
      if (this.busy === mine) this.busy = null;
    }
  }

  /** Stops the statement in the database. */
  cancel(options = {}) {
    this.busy = null;
    return ask(`${page.urls.preview}?page=${TAB}`, { method: "DELETE", ...options }).catch(() => null);
  }

  slow() {
    const stop = () => {
      this.counted.stop();
      this.cancel();
      this.say("Counting was stopped.", true);
    };
    this.parts.note.replaceChildren("Still counting… ", button("Stop", stop), " ", h("progress", { "aria-label": "Counting" }));
  }

  say(text, again = false) {
    this.parts.size.setAttribute("aria-busy", "false");
    this.parts.note.replaceChildren(text, ...(again ? [" ", button("Count again", () => this.run())] : []));
  }

  take(answer) {
    const faults = answer.errors.map(({ pointer: text, message }) => ({ ...placed(this.places, text), message }));
    this.show({ faults, counts: new Map() });
    this.parts.sentence.textContent = answer.sentence ?? "";
    this.parts.warnings.replaceChildren(...answer.warnings.map((text) => h("p", { class: "note" }, text)));
    if (!answer.valid) return this.say(faults.length === 1 ? "One thing is missing or wrong; the number is of the rule before." : `${faults.length} things are missing or wrong; the number is of the rule before.`);
    this.count(answer);
  }

  count(answer) {
    const { size, number: shown, note, bar, rows } = this.parts;
    this.fresh(true, "size");
    size.setAttribute("aria-busy", "false");
    shown.textContent = number(answer.count);
    const at = new Date(answer.at);
    note.replaceChildren(`${percent(answer.count, answer.total)} of ${number(answer.total)}, as of `, h("time", { datetime: answer.at, title: at.toISOString() }, at.toLocaleTimeString("en-GB")), `, ${number(Math.round(answer.elapsed_ms))} ms`);
    bar.setAttribute("width", answer.total ? (100 * answer.count) / answer.total : 0);
    rows.replaceChildren(...answer.reach.flatMap((one) => line(`Reach by ${channels[one.channel] ?? one.channel}`, number(one.count))));
  }

  detail(answer) {
    const { enter, leave } = answer.change ?? {};
    if (answer.change) this.parts.rows.prepend(...line("Enter on publish", signed(enter)), ...line("Leave on publish", signed(-leave)));
    const counts = new Map();
    let before = answer.total;
    const lines = answer.funnel.map((step) => {
      const lost = before - step.count;
      before = step.count;
      counts.set(pointer(placed(this.places, step.pointer).path), { count: step.count, text: lost > 0 ? `−${number(lost)}` : "" });
      return line(step.label, number(step.count));
    });
    this.parts.funnel.replaceChildren(...line("Everyone", number(answer.total)), ...lines.flat());
    this.people(this.parts.sample, answer.sample, "Nobody is in.");
    this.people(this.parts.missed, answer.missed, "Nobody missed by one condition.");
    this.fresh(true, "funnel", "sample", "missed");
    this.show({ faults: [], counts });
  }

  people(body, people, none) {
    const row = (one) => h("tr", {}, h("td", {}, h("a", { href: one.url }, one.name)), h("td", {}, one.why));
    body.replaceChildren(...(people.length ? people.map(row) : [h("tr", {}, h("td", { colspan: 2 }, none))]));
  }
}
