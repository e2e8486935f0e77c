/** Base of the console's elements: light DOM (one page, one style sheet, real aria ids), redrawn by what it watches. */
import { LitElement } from "../vendor/lit.js";

/** @typedef {import("./main.js").App} App */
/** @typedef {import("./watched.js").Watched} Watched */

export class Part extends LitElement {
  static properties = { app: { attribute: false } };

  /** @type {Map<Watched, () => void>} */
  #watching = new Map();

  constructor() {
    super();
    /** @type {App} */
    this.app = /** @type {any} */ (undefined);
  }

  createRenderRoot() {
    return this;
  }

  /** What this part shows; a change of any of it redraws the part. @returns {(Watched | null | undefined)[]} */
  watches() {
    return [];
  }

  /** A text of the catalogue. @param {string} key @param {Record<string, unknown>} [values] */
  t(key, values) {
    return this.app.words.t(key, values);
  }

  connectedCallback() {
    super.connectedCallback();
    this.requestUpdate();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#follow([]);
  }

  /** @param {Map<string, unknown>} _changed */
  willUpdate(_changed) {
    // What is shown can change with each drawing (another conversation was opened), so follow anew each time.
    if (this.isConnected) this.#follow([this.app.words, ...this.watches()]);
  }

  /** @param {(Watched | null | undefined)[]} wanted */
  #follow(wanted) {
    const now = new Set(wanted.filter((it) => it != null));
    for (const [it, stop] of this.#watching) {
      if (now.has(it)) continue;
      stop();
      this.#watching.delete(it);
    }
    for (const it of now) {
      if (it && !this.#watching.has(it)) this.#watching.set(it, it.watch(() => this.requestUpdate()));
    }
  }
}
