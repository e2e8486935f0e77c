/** Where the agent is: view, conversation, customer panel. */
import { Watched } from "./watched.js";

export const VIEWS = /** @type {const} */ (["mine", "queue", "bot", "all", "resolved"]);

/** @typedef {typeof VIEWS[number]} View */
/** `page`: one that stands instead of the conversations. @typedef {{view: View, conversation: string, panel: boolean, page: "" | "integrations" | "calls"}} Where */

export class Place extends Watched {
  /** @type {Where} */
  where = { view: "mine", conversation: "", panel: false, page: "" };

  get view() {
    return this.where.view;
  }

  get conversation() {
    return this.where.conversation;
  }

  get panel() {
    return this.where.panel;
  }

  get page() {
    return this.where.page;
  }

  /**
   * A step forward, which Back undoes where there is one. `replace` moves without a step (what was there is no place to
   * return to).
   * @param {Partial<Where>} to
   * @param {{replace?: boolean}} [_how]
   */
  go(to, _how) {
    const where = this.then(to);
    if (JSON.stringify(where) !== JSON.stringify(this.where)) this.move(where);
  }

  /** Where that would be. @param {Partial<Where>} to @returns {Where} */
  then(to) {
    const { view, conversation } = this.where;
    return { view, conversation, panel: false, page: "", ...to };
  }

  /** @param {Where} where */
  move(where) {
    this.where = where;
    this.changed();
  }
}
