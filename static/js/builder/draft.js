/* The draft, saved by itself. A draft that someone else saved meanwhile is a conflict to settle, never overwritten. */

import { columns, merged } from "./conflict.js";
import { button, debounced, h, say } from "./dom.js";
import { ask, page } from "./server.js";
import { read, written } from "./tree.js";

export class Draft {
  constructor(store, { status, banner }) {
    Object.assign(this, { store, status, banner, revision: page.revision, busy: Promise.resolve(), sending: null, conflict: null });
    this.soon = debounced(700, () => this.save());
    this.saved = this.text();
    if (!page.editable) return this.tell("Try what you like: nothing is saved, since your role (or an archived segment) does not allow it.");
    store.listen(() => this.conflict && this.show());
    store.listen(() => !this.conflict && this.text() !== this.saved && (this.tell("Not saved yet"), this.soon()));
    addEventListener("pagehide", () => this.leave());
    addEventListener("beforeunload", (event) => this.conflict && event.preventDefault());
  }

  text() {
    return JSON.stringify(written(this.store.tree, "neutral").document);
  }

  tell(text) {
    this.status.textContent = text;
  }

  send(options = {}) {
    return ask(page.urls.draft, { method: "PUT", body: { rule: JSON.parse(this.text()), revision: this.revision }, ...options });
  }

  /** Saves what is not saved; one save after the other, since each needs the revision that the one before it made. */
  save() {
    this.busy = this.busy.catch(() => null).then(() => this.write());
    return this.busy;
  }

  async write() {
    const text = this.text();
    if (text === this.saved || this.conflict || !page.editable) return;
    this.tell("Saving…");
    this.sending = text;
    await this.send().then(
      (answer) => this.took(text, answer),
      (error) => this.failed(error),
    );
    this.sending = null;
  }

  /** What is left to save when the page goes, after whatever is under way. */
  leave() {
    if (this.conflict || [this.saved, this.sending].includes(this.text())) return;
    if (this.sending) this.revision += 1;
    this.send({ keepalive: true }).catch(() => null);
  }

  /** Everything saved, or false where a conflict or a failure stands in the way. */
  async settled() {
    this.soon.now();
    await this.save();
    return !this.conflict && this.text() === this.saved;
  }

  took(text, answer) {
    this.saved = text;
    this.revision = answer.revision;
    this.tell(`Draft saved ${new Date(answer.saved_at).toLocaleTimeString("en-GB")}`);
    document.dispatchEvent(new CustomEvent("draft-saved"));
  }

  failed(error) {
    if (error.status === 409) return this.settle(error.body);
    const isRefused = error.status >= 400 && error.status < 500;
    this.tell(`Not saved: ${error.message}${isRefused ? "" : " Trying again."}`);
    if (!isRefused) setTimeout(() => this.save(), 5000);
  }

  settle(theirs) {
    this.conflict = theirs;
    this.tell("Not saved: the draft was changed elsewhere");
    say(`Conflict: ${theirs.by || "Somebody"} saved another draft.`);
    this.show();
  }

  show() {
    const theirs = this.conflict;
    const who = theirs.by || "Somebody";
    const at = new Date(theirs.saved_at);
    const when = h("time", { datetime: theirs.saved_at, title: at.toISOString() }, at.toLocaleTimeString("en-GB"));
    const choose = (keep) => () => this.choose(keep);
    const actions = h(
      "div",
      { class: "add" },
      button("Merge both", choose("both"), { class: "btn first" }),
      button("Keep mine", choose("mine"), { class: "btn" }),
      button("Take theirs", choose("theirs"), { class: "btn" }),
    );
    const told = h("p", {}, h("b", {}, `${who} saved another draft at `, when, ". "), "Yours is kept here and not saved. Whichever you choose, undo brings the others back.");
    const reads = h("p", { class: "sub" }, "Theirs reads: ", h("q", {}, theirs.sentence));
    const sides = columns(this.store.tree, read(theirs.rule), who);
    this.banner.replaceChildren(h("div", { class: "note conflict", role: "alert" }, h("div", {}, told, sides, reads, actions)));
  }

  /* Every draft goes into the history, so that whichever is not taken is undone to. */
  choose(what) {
    const [base, mine, theirs] = [read(JSON.parse(this.saved)), this.store.tree, read(this.conflict.rule)];
    this.revision = this.conflict.revision;
    this.saved = JSON.stringify(written(theirs, "neutral").document);
    this.conflict = null;
    this.banner.replaceChildren();
    this.store.change(theirs);
    if (what !== "theirs") this.store.change(mine);
    if (what === "both") this.store.change(merged(base, mine, theirs));
    this.tell(what === "theirs" ? "Draft taken over" : "Not saved yet");
    this.soon();
  }
}
