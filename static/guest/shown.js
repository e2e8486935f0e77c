// The part of the thread and of the customer's card that a guest was chosen to be shown.

import { html, nothing } from "../vendor/lit.js";

/** @typedef {import("./words.js").Words} Words */

/** @param {Words} words @param {import("./guest.js").Guest} guest */
export function threadView(words, guest) {
  const { lines, customer } = guest;
  if (!lines.length) return nothing;
  const name = (/** @type {import("./guest.js").Line["by"]} */ { kind, name }) => (kind === "customer" ? customer || words.say("customer") : name || words.say("bot"));
  return html`<h2>${words.say("thread")}</h2>
    <div class="thread" tabindex="0" role="log" aria-label=${words.say("thread")}><ol>${lines.map((it) => html`<li class=${it.by.kind}><b dir="auto">${name(it.by)}</b><span class="pre" dir="auto">${it.text}</span></li>`)}</ol></div>`;
}

/** @param {Words} words @param {Record<string, any>} card as hub/services/card.py tells it */
export function cardView(words, card) {
  const parts = Object.entries(card);
  if (!parts.length) return nothing;
  return html`<h2>${words.say("card")}</h2>
    <dl>${parts.map(([name, part]) => html`<div><dt>${words.say(`card.${name}`)}</dt>${LINES[name](words, part).map((/** @type {string} */ it) => html`<dd dir="auto">${it}</dd>`)}</div>`)}</dl>`;
}

const joined = (/** @type {any[]} */ ...all) => all.filter(Boolean).join(" · ");

/** A CRM may have a word of its own for how something stands. @param {Words} words @param {string} key */
const worded = (words, key) => (words.has(key) ? words.say(key) : key.slice(key.indexOf(".") + 1));

/** @param {Words} words @param {any} it an order */
const whereabouts = (words, it) => worded(words, it.parcel ? `parcel.${it.parcel}` : `order.${it.status}`);

/** @type {Record<string, (words: Words, part: any) => string[]>} */
const LINES = {
  customer: (_, { name, company }) => [joined(name, company)],
  orders: (words, all) => all.map((/** @type {any} */ it) => joined(it.number, words.day(it.placed_at), whereabouts(words, it), ...it.items.map((/** @type {any} */ each) => joined(each.name, each.qty > 1 && `× ${each.qty}`)))),
  products: (_, all) => all.map((/** @type {any} */ it) => (it.name.includes(it.model) ? it.name : joined(it.name, it.model))),
  tickets: (words, all) => all.map((/** @type {any} */ it) => joined(it.number, it.subject, worded(words, `ticket.${it.status}`))),
};
