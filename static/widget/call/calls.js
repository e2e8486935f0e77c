// A thread's calls: a line for each step, and how the newest one stands. Loaded with the first step that is told; the
// part that calls (open.js) only when a call begins.

import { callOf } from "../../calls/fold.js";
import { line } from "./lines.js";

const CATALOGUES = {
  en: () => import("./locales/en.js"),
  "zh-CN": () => import("./locales/zh-CN.js"),
};

/** @returns the part that calls; a page that was reloaded in the middle of a call fetches it ahead */
export const part = () => import("./open.js");

export class Calls {
  /** Once a call has begun. @type {import("../../calls/phone.js").Phone | undefined} */
  phone;
  /** The words that our texts were added to. @type {any} */
  #speaks = null;
  /** @type {any} */
  #pane;
  /** @type {Promise<import("../../calls/phone.js").Phone> | null} */
  #opening = null;

  /** @param {import("../../sdk/customer.js").Customer} customer @param {() => void} changed */
  constructor(customer, changed) {
    this.customer = customer;
    this.changed = changed;
    customer.on("change", () => this.#look());
    this.#look();
  }

  /** The phone. Rejects while its part can't be loaded; ask again. */
  open() {
    this.#opening ??= part().then(async ({ open }) => {
      const { phone, pane } = await open(this.customer, this.changed);
      this.phone = phone;
      this.#pane = pane;
      this.#look();
      this.changed();
      return phone;
    });
    this.#opening.catch(() => (this.#opening = null));
    return this.#opening;
  }

  /** @param {import("../words.js").Words} words */
  pane(words) {
    return this.#speak(words) ? this.#pane?.(words) : undefined; // Lit would write down a `false`
  }

  /** How an event of a call is told, as soon as there are words for it. @param {import("../words.js").Words} words */
  teller(words) {
    return this.#speak(words) ? line : undefined;
  }

  /** Adds our texts to the catalogue in use; true once they are there. */
  #speak(words) {
    if (this.#speaks === words) return true;
    CATALOGUES[words.locale]().then(({ words: texts }) => {
      Object.assign(words.catalogue, texts);
      this.#speaks = words;
      this.changed();
    }, () => {}); // offline: the next drawing asks again
    return false;
  }

  #look() {
    const { thread } = this.customer;
    if (!thread?.log.live) return; // half a log could end a call that goes on
    const fact = callOf(thread.state.call ?? null, thread.log.events);
    if (this.phone) this.phone.learn(fact);
    else if (fact && fact.state !== "over") this.open().catch(() => {});
  }
}
