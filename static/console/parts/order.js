/** One order of the CRM: a line, and on demand its items and where its parcels are. */
import { html } from "../../vendor/lit.js";
import { formatter } from "../formats.js";
import { date } from "../times.js";
import { trail } from "./card.js";
import { openRecord } from "./record.js";

const TONES = /** @type {Record<string, string>} */ ({
  delivered: "ok",
  cancelled: "",
  returned: "warn",
  exception: "danger",
  out_for_delivery: "ok",
});

/** @param {import("../main.js").App} app @param {any} order */
export function orderTemplate(app, order) {
  const t = app.words.t.bind(app.words);
  const shipment = order.shipments?.[0];
  const status = shipment && order.status === "shipped" ? `shipment.${shipment.status}` : `order.${order.status}`;
  return html`<details class="order">
    <summary>
      <span class="tabular grow clip">${order.number}</span>
      <span class="status ${TONES[shipment?.status ?? order.status] ?? ""}">${t(status)}</span>
      <span class="muted small order-line"><span class="clip" dir="auto">${(order.items ?? []).map((/** @type {any} */ it) => it.name).join(", ")}</span><span class="tabular">${money(app, order)}</span></span>
    </summary>
    <p class="muted">${t("order.placed", { date: date(app.words, order.placed_at, app.clock.now()) })}${openRecord(app, order, order.number)}</p>
    <ul class="items">${(order.items ?? []).map((/** @type {any} */ it) => item(app, it, order.currency))}</ul>
    ${(order.shipments ?? []).map((/** @type {any} */ it) => parcel(app, it))}
  </details>`;
}

/** @param {import("../main.js").App} app @param {any} it @param {string} currency */
function item(app, it, currency) {
  return html`<li><span dir="auto">${it.name}</span>${it.model ? html` <code>${it.model}</code>` : ""}
    <span class="muted tabular">× ${app.words.number(it.qty)}${it.price ? ` · ${money(app, { total: it.price, currency })}` : ""}</span></li>`;
}

/** @param {import("../main.js").App} app @param {any} it */
function parcel(app, it) {
  const t = app.words.t.bind(app.words);
  return html`<div class="parcel">
    <p><span dir="auto">${it.carrier}</span> <span class="tabular">${it.tracking}</span> <span class="status ${TONES[it.status] ?? ""}">${t(`shipment.${it.status}`)}</span></p>
    ${it.eta && it.status !== "delivered" ? html`<p class="muted">${t("shipment.eta", { date: date(app.words, it.eta, app.clock.now()) })}</p>` : ""}
    ${it.trail?.length ? trail(app, it.trail) : html`<p class="muted">${t("shipment.no_trail")}</p>`}
  </div>`;
}

/** @param {import("../main.js").App} app @param {{total: string, currency: string}} amount a decimal string */
function money(app, { total, currency }) {
  if (!total) return "";
  try {
    return formatter(Intl.NumberFormat, app.words.language, { style: "currency", currency }).format(/** @type {any} */ (total));
  } catch {
    return `${total} ${currency}`; // a currency that no standard knows
  }
}
