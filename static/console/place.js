/** Where the agent is: view, conversation, customer panel. */
import { Watched } from "./watched.js";

export const VIEWS = /** @type {const} */ (["mine", "queue", "bot", "all", "resolved"]);

/** @typedef {typeof VIEWS[number]} View */
/** @typedef {{view: View, conversation: string, panel: boolean}} Where */

export class Place extends Watched {
  /** @type {Where} */
  where = { view: "mine", conversation: "", panel: false };

  get view() {
    return this.where.view;
  }

  get conversation() {
    return this.where.conversation;
  }

  get panel() {
    return this.where.panel;
  }

  /**
   * A step forward, which Back undoes where there is one. `replace` moves without a step (what was there is no place to
   * return to).
   * @param {Partial<Where>} to
   * @param {{replace?: boolean}} [_how]
   */
  go(to, _how) {
    const { view, conversation, panel } = this.where;
    const where = { view, conversation, panel: false, ...to };
    if (where.view === view && where.conversation === conversation && where.panel === panel) return;
    this.move(where);
  }

  /** @param {Where} where */
  move(where) {
    this.where = where;
    this.changed();
  }
}
