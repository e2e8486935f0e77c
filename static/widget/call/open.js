// The widget's call part, loaded when a call begins: a phone and its pane.

import { html } from "../../vendor/lit.js";
import { Phone } from "../../calls/phone.js";
import { Signals } from "../../calls/signals.js";
import "./pane.js";

const SHEET = "/static/widget/call/call.css";

/** @param {import("../../sdk/customer.js").Customer} customer @param {() => void} changed */
export async function open(customer, changed) {
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: SHEET });
  await new Promise((done) => {
    sheet.onload = sheet.onerror = done;
    document.head.append(sheet);
  });
  const phone = new Phone(new Signals(customer.socket), "", "customer");
  phone.on("change", changed);
  return { phone, pane: (/** @type {import("../words.js").Words} */ words) => html`<ot-call .phone=${phone} .words=${words}></ot-call>` };
}
