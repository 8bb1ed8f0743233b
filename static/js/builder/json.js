/* The same rule as JSON. What is typed becomes the rule as soon as it can be read; what is drawn becomes the text. */

import { isGroup, read, written } from "./tree.js";

export class Json {
  constructor(store, area, message) {
    Object.assign(this, { store, area, message, typing: false });
    area.addEventListener("input", () => this.take());
    area.addEventListener("blur", () => (this.typing = false));
    store.listen(() => this.show());
    this.show();
  }

  show() {
    if (this.typing) return;
    this.area.value = JSON.stringify(written(this.store.tree, "neutral").document, null, 2);
    this.message.textContent = "";
  }

  take() {
    try {
      const document = JSON.parse(this.area.value);
      if (!isWhole(document)) throw new SyntaxError("A rule is an object with an “include” group; each group has an “op” and “conditions”.");
      this.message.textContent = "";
      this.typing = true;
      this.store.change(read(document), "json");
    } catch (error) {
      this.message.textContent = `Not taken over yet: ${error.message}`;
    } finally {
      this.typing = false;
    }
  }
}

const isNode = (node) => node !== null && typeof node === "object" && !Array.isArray(node) && (!isGroup(node) || node.conditions.every(isNode));
const isWhole = (document) => isNode(document) && isNode(document.include) && isGroup(document.include) && (document.exclude === undefined || (isNode(document.exclude) && isGroup(document.exclude)));
