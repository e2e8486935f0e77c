/** Where the agent is: view, conversation, customer panel. It lives in the address, so Back and reload work. */
import { Watched } from "./watched.js";

export const VIEWS = /** @type {const} */ (["mine", "queue", "bot", "all", "resolved"]);

/** @typedef {typeof VIEWS[number]} View */
/** @typedef {{view: View, conversation: string, panel: boolean}} Where */

/** @param {string} hash @returns {Where} */
export function parse(hash) {
  const [view, conversation = "", panel] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return {
    view: VIEWS.find((it) => it === view) ?? "mine",
    conversation,
    panel: panel === "customer",
  };
}

/** @param {Where} where */
export function print({ view, conversation, panel }) {
  return `#/${[view, conversation, conversation && panel ? "customer" : ""].filter(Boolean).map(encodeURIComponent).join("/")}`;
}

export class Place extends Watched {
  /** @type {Where} */
  where = parse(location.hash);

  constructor() {
    super();
    window.addEventListener("hashchange", () => this.#move(parse(location.hash)));
  }

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
   * A step forward, which Back undoes. `replace` moves without a step (what was there is no place to return to).
   * @param {Partial<Where>} to
   * @param {{replace?: boolean}} [how]
   */
  go(to, { replace = false } = {}) {
    const where = { ...this.where, panel: false, ...to };
    const hash = print(where);
    if (hash === print(this.where)) return;
    if (replace) history.replaceState(null, "", hash);
    else history.pushState(null, "", hash);
    this.#move(where);
  }

  /** @param {Where} where */
  #move(where) {
    this.where = where;
    this.changed();
  }
}
