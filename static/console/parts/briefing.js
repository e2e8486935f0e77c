/** What an expert reads before they answer: the briefing, the chosen messages, the chosen parts of the card. */
import { html } from "../../vendor/lit.js";
import { date } from "../times.js";

/**
 * @param {import("../main.js").App} app
 * @param {{briefing?: string, since?: number, shown?: string[]}} invitation
 * @param {import("../conversation.js").Conversation | undefined} conversation
 */
export function briefing(app, { briefing: words, since, shown = [] }, conversation) {
  const said = since ? (conversation?.events ?? []).filter((it) => it.type === "message.created" && it.conversation === conversation?.id && it.seq >= since) : [];
  return html`${words ? html`<p class="reservation-about pre" dir="auto">${words}</p>` : ""}
    ${said.length ? html`<ol class="briefing-thread">${said.map((it) => html`<li><b dir="auto">${it.by.name || app.words.t(it.by.kind === "bot" ? "party.bot" : "party.customer")}</b> <span dir="auto">${it.d.content.text}</span></li>`)}</ol>` : ""}
    ${conversation?.context && shown.length ? html`<dl class="briefing-card">${shown.map((it) => part(app, it, conversation.context))}</dl>` : ""}`;
}

/** @param {import("../main.js").App} app @param {string} name @param {any} context */
function part(app, name, context) {
  const t = app.words.t.bind(app.words);
  const told = LINES[name]?.(app, context) ?? [];
  return told.length ? html`<dt>${t(`expert.part.${name}`)}</dt>${told.map((/** @type {string} */ it) => html`<dd dir="auto">${it}</dd>`)}` : "";
}

/** @type {Record<string, (app: import("../main.js").App, context: any) => string[]>} */
const LINES = {
  customer: (_, { customer: it }) => (it ? [[it.name, it.company, it.tier].filter(Boolean).join(" · ")] : []),
  orders: (app, { orders = [] }) =>
    orders.slice(0, 5).map((/** @type {any} */ it) => [it.number, date(app.words, it.placed_at, app.clock.now()), app.words.t(`order.${it.status}`), ...(it.items ?? []).map((/** @type {any} */ each) => each.name)].join(" · ")),
  products: (_, { customer }) => (customer?.products_owned ?? []).map((/** @type {any} */ it) => `${it.name} ${it.model}`),
  tickets: (app, { tickets = [] }) => tickets.slice(0, 5).map((/** @type {any} */ it) => `${it.number} · ${it.subject} · ${app.words.t(`ticket.${it.status}`)}`),
};
