/* The rule being edited with its past and future. Listeners hear of every change, undo and redo included. */

import { at, put } from "./tree.js";

export class Store {
  constructor(tree) {
    this.tree = tree;
    this.past = [];
    this.future = [];
    this.listeners = [];
    this.session = null;
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  /** One undoable step. Steps of one `session` (one open editor) are one step together. */
  change(tree, session = null) {
    if (JSON.stringify(tree) === JSON.stringify(this.tree)) return;
    if (session === null || session !== this.session) this.past.push(this.tree);
    this.session = session;
    this.future = [];
    this.tree = tree;
    this.tell();
  }

  edit(path, make, session = null) {
    this.change(put(this.tree, path, make(at(this.tree, path))), session);
  }

  undo() {
    return this.step(this.past, this.future);
  }

  redo() {
    return this.step(this.future, this.past);
  }

  step(from, to) {
    if (!from.length) return false;
    to.push(this.tree);
    this.tree = from.pop();
    this.session = null;
    this.tell();
    return true;
  }

  tell() {
    for (const listener of this.listeners) listener(this.tree);
  }
}
