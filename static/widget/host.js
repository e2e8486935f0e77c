// The page that embeds this frame: what it wants, and what it is told. Both ways with its exact origin.

import { Emitter } from "../sdk/emitter.js";

/** A host page whose token call takes longer than this (ms) is treated as one that failed. */
const PATIENCE = 10_000;

/** Emits `state` ({now, before}) whenever the loader sends one: locale, theme, page, open, identified, left. */
export class Host extends Emitter {
  /** @type {any} */
  state = null;
  #origin = "";
  #asked = 0;
  /** @type {Map<number, (answer: any) => void>} */
  #waiting = new Map();

  /** @param {Window} view */
  constructor(view) {
    super();
    this.parent = view.parent;
    view.addEventListener("message", (event) => event.source === this.parent && this.#heard(event));
  }

  /** @param {string} type @param {any} [value] */
  tell(type, value) {
    if (this.#origin) this.parent.postMessage({ onethread: type, value }, this.#origin);
  }

  /** The site's token for whoever is signed in there; null for nobody. @returns {Promise<string | null>} */
  token() {
    const id = ++this.#asked;
    this.tell("token", id);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => ("token" in answer ? resolve(answer.token) : reject(new Error("token"))));
      setTimeout(() => this.#answered({ id }), PATIENCE);
    });
  }

  /** @param {MessageEvent} event */
  #heard({ origin, data: said }) {
    // The server lets only the site's own origins frame this page; the one that spoke first is the one.
    this.#origin ||= origin;
    if (origin !== this.#origin || typeof said !== "object" || !said) return;
    if (said.id) return this.#answered(said);
    if (!said.onethread) return;
    const before = this.state;
    this.state = { ...said.onethread };
    this.emit("state", { now: this.state, before });
  }

  /** @param {{id: number, token?: string | null}} answer */
  #answered(answer) {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}
