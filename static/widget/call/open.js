// The widget's call part, loaded when a call begins or the thread tells of one: a phone, its pane, and its words.

import { html, nothing } from "../../vendor/lit.js";
import { callOf } from "../../calls/fold.js";
import { Phone } from "../../calls/phone.js";
import { Signals } from "../../calls/signals.js";
import { line } from "./lines.js";
import "./pane.js";

const CATALOGUES = {
  en: () => import("./locales/en.js"),
  "zh-CN": () => import("./locales/zh-CN.js"),
};
const SHEET = "/static/widget/call/call.css";

class Calls {
  /** The words that our texts were added to. @type {any} */
  #speaks = null;

  /** @param {import("../../sdk/customer.js").Customer} customer @param {() => void} changed */
  constructor(customer, changed) {
    this.customer = customer;
    this.changed = changed;
    this.phone = new Phone(new Signals(customer.socket), "", "customer");
    this.phone.on("change", changed);
    this.stop = customer.on("change", () => this.#look());
    this.#look();
  }

  /** Adds our texts to the catalogue in use; true once they are there. @param {import("../words.js").Words} words */
  speaks(words) {
    if (this.#speaks === words) return true;
    CATALOGUES[words.locale]().then(({ words: texts }) => {
      Object.assign(words.catalogue, texts);
      this.#speaks = words;
      this.changed();
    }, () => {}); // offline: the next drawing asks again
    return false;
  }

  /** @param {import("../words.js").Words} words */
  pane(words) {
    return this.speaks(words) ? html`<ot-call .phone=${this.phone} .words=${words}></ot-call>` : nothing;
  }

  /** How an event of a call is told, as soon as there are words for it. @param {import("../words.js").Words} words */
  teller(words) {
    return this.speaks(words) ? line : undefined;
  }

  #look() {
    const { thread } = this.customer;
    // Half a log could end a call that goes on.
    if (thread?.log.live) this.phone.learn(callOf(thread.state.call ?? null, thread.log.events));
  }
}

/** @param {import("../../sdk/customer.js").Customer} customer @param {() => void} changed */
export async function open(customer, changed) {
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: SHEET });
  await new Promise((done) => {
    sheet.onload = sheet.onerror = done;
    document.head.append(sheet);
  });
  return new Calls(customer, changed);
}
