/** A place that lives in the page's address, so that Back, reload and links work. */
import { Place, VIEWS } from "./place.js";

/** @typedef {import("./place.js").Where} Where */

/** @param {string} hash @returns {Where} */
export function parse(hash) {
  const [view, conversation = "", panel] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return {
    page: view === "integrations" || view === "calls" ? view : "",
    view: VIEWS.find((it) => it === view) ?? "mine",
    conversation,
    panel: panel === "customer",
  };
}

/** @param {Where} where */
export function print({ view, conversation, panel, page }) {
  if (page) return `#/${page}`;
  return `#/${[view, conversation, conversation && panel ? "customer" : ""].filter(Boolean).map(encodeURIComponent).join("/")}`;
}

export class Address extends Place {
  /** @type {Where} */
  where = parse(location.hash);

  constructor() {
    super();
    window.addEventListener("hashchange", () => this.move(parse(location.hash)));
  }

  /** @param {Partial<Where>} to @param {{replace?: boolean}} [how] */
  go(to, { replace = false } = {}) {
    const where = this.then(to);
    const hash = print(where);
    if (hash === print(this.where)) return;
    if (replace) history.replaceState(null, "", hash);
    else history.pushState(null, "", hash);
    this.move(where);
  }
}
