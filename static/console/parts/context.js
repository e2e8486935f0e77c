/** What the CRM knows, or in words why it says nothing and what to do about it. */
import { html } from "../../vendor/lit.js";
import { formatter } from "../formats.js";
import { icon } from "../icons.js";
import { clockTime, date } from "../times.js";
import { addressed, crmName } from "../people.js";
import { chips } from "./message.js";
import { orderTemplate } from "./order.js";
import { openRecord } from "./record.js";
import { tierMark } from "./row.js";

/** @typedef {import("../main.js").App} App */

/** @param {App} app @param {any} context a Context (hub/model/crm.py), or null while it isn't there */
export function contextTemplate(app, context) {
  const t = app.words.t.bind(app.words);
  if (!context) return html`<p class="muted">${t("context.waiting")}</p>`;
  const crm = crmName(app.words, context.crm);
  if (context.outcome === "found") return found(app, context, crm);
  const why = context.outcome === "unavailable" && whyNot(app, context.detail, crm);
  return html`<div class="outcome">
    <p>${why ? t("context.why", { why }) : t(`context.${context.outcome}`, { crm })}</p>
    <p class="muted">${t(`context.${context.outcome}.todo`, { crm })}</p>
    ${(context.candidates ?? []).length ? html`<ul class="candidates">${context.candidates.map((/** @type {any} */ it) => candidate(app, it))}</ul>` : ""}
  </div>`;
}

/** Why the CRM says nothing, or less than all: a code of hub/crm/context.py in words. @param {App} app @param {string} code @param {string} crm */
function whyNot(app, code, crm) {
  return app.words.has(`context.why.${code}`) ? app.words.t(`context.why.${code}`, { crm }) : "";
}

/** @param {App} app @param {any} context @param {string} crm its name */
function found(app, context, crm) {
  const t = app.words.t.bind(app.words);
  const { customer, orders = [], tickets = [], notes = [] } = context;
  const old = whyNot(app, context.detail, crm);
  const missing = missingParts(app, context, crm);
  const older = (/** @type {string[]} */ ...parts) => olderParts(app, context, parts);
  return html`${old ? html`<p class="strip">${t("context.old", { why: old })}</p>` : ""}
    ${facts(app, customer, older("points"))}
    ${part(app, t("context.orders"), orders, missing.orders, (it) => orderTemplate(app, it), older("orders", "shipments"))}
    ${customer?.products_owned?.length ? part(app, t("context.owned"), customer.products_owned, "", (it) => owned(app, it)) : ""}
    ${part(app, t("context.tickets"), tickets, missing.tickets, (it) => ticket(app, it), older("tickets"))}
    ${notes.length || missing.notes ? part(app, t("context.notes"), notes, missing.notes, (it) => note(app, it), older("notes")) : ""}`;
}

/** part -> why it is not there, in words. @param {App} app @param {any} context @param {string} crm @returns {Record<string, string>} */
function missingParts(app, { lacks = [], detail = "" }, crm) {
  const codes = new Map(detail.split(" ").map((/** @type {string} */ it) => it.split(":")));
  return Object.fromEntries(lacks.map((/** @type {string} */ it) => [it, whyNot(app, codes.get(it) ?? "lacks", crm)]));
}

/** What could not be refreshed and is shown as it was: why, and since when. @param {App} app @param {any} context @param {string[]} parts */
function olderParts(app, { kept = [] }, parts) {
  const theirs = kept.filter((/** @type {any} */ it) => parts.includes(it.part));
  return theirs.map((/** @type {any} */ it) => {
    const why = whyNot(app, it.why, crmName(app.words, it.crm));
    const at = clockTime(app.words, it.as_of); // of the last hour: an hour is the longest that it is kept
    return html`<p class="strip small">${app.words.t("context.kept", { what: app.words.t(`context.${it.part}`), why, at })}</p>`;
  });
}

/** @param {App} app @param {any} customer @param {unknown[]} older of its points */
function facts(app, customer, older) {
  if (!customer) return "";
  const t = app.words.t.bind(app.words);
  const rows = [
    ["points", customer.points == null ? "" : app.words.number(customer.points)],
    ["company", customer.company],
    ["language", languageName(app, customer.language)],
    ["address", customer.address],
    ["phones", (customer.phones ?? []).map((/** @type {any} */ it) => it.raw || it.e164).join(", ")],
    ["emails", (customer.emails ?? []).join(", ")],
    ["id", customer.external_id],
  ].filter(([, value]) => value);
  return html`<dl class="facts">
      ${rows.map(([name, value]) => html`<dt>${t(`context.${name}`)}</dt><dd dir="auto">${value}${name === "id" ? openRecord(app, customer, customer.name) : ""}</dd>`)}
      ${noticed(app, customer.custom)}
      ${Object.entries(customer.custom ?? {}).filter(([name]) => !name.startsWith(OURS)).map(([name, value]) => html`<dt dir="auto">${name}</dt><dd dir="auto">${plain(value)}</dd>`)}
    </dl>
    ${older}
    ${customer.tags?.length ? html`<p class="tags">${customer.tags.map((/** @type {string} */ tag) => html`<span class="tag" dir="auto">${tag}</span>`)}</p>` : ""}`;
}

const OURS = "onethread_"; // fields of the hub's own, which it filled when the last session ended

/** What the bot noticed in the last session, as the CRM keeps it. @param {App} app @param {Record<string, any>} custom */
function noticed(app, custom = {}) {
  const entries = Object.entries(custom).filter(([name]) => name.startsWith(OURS));
  const insight = Object.fromEntries(entries.map(([name, value]) => [name.slice(OURS.length), value]));
  const sentiment = Number(insight.sentiment ?? 0);
  if (!insight.intent && Math.abs(sentiment) < 0.25 && insight.urgency !== "high") return "";
  return html`<dt>${app.words.t("context.insight")}</dt><dd>${chips(app, { ...insight, sentiment })}</dd>`;
}

/** A value that some CRM has of its own: a text, a number, a list of them. @param {unknown} value */
function plain(value) {
  return Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** @param {App} app @param {string} title @param {any[]} items @param {string} missing why they are not there @param {(it: any) => unknown} draw @param {unknown[]} older what is told of those that are older */
function part(app, title, items, missing, draw, older = []) {
  const t = app.words.t.bind(app.words);
  const body = items.length ? html`<ul>${items.map((it) => html`<li>${draw(it)}</li>`)}</ul>` : html`<p class="muted">${missing && !older.length ? t("context.missing", { what: title, why: missing }) : t("context.nothing")}</p>`;
  return html`<section class="sub"><h4>${title}${items.length > 1 ? html` <span class="muted tabular">${items.length}</span>` : ""}</h4>${older}${body}</section>`;
}

/** @param {App} app @param {any} it */
function owned(app, it) {
  const now = app.clock.now();
  const warranty = it.warranty_until
    ? app.words.t(it.warranty_until > now ? "context.warranty" : "context.warranty_over", { date: date(app.words, it.warranty_until, now) })
    : "";
  return html`<span dir="auto">${it.name}</span> <code>${it.model}</code>${warranty ? html`<span class="muted small">${warranty}</span>` : ""}`;
}

/** @param {App} app @param {any} it */
function ticket(app, it) {
  const t = app.words.t.bind(app.words);
  const done = it.status === "solved" || it.status === "closed";
  return html`<details>
    <summary><span class="status ${done ? "ok" : "warn"}">${t(`ticket.${it.status}`)}</span><span class="clip grow" dir="auto">${it.subject}</span><span class="muted tabular">${it.number}</span></summary>
    ${it.body ? html`<p class="pre" dir="auto">${it.body}</p>` : ""}
    <p class="record-foot">${changeButton(app, it)}${openRecord(app, it, it.number)}</p>
    <p class="muted">${[it.type, it.priority && it.priority !== "normal" ? t(`priority.${it.priority}`) : "", it.order_ref, it.updated_at ? date(app.words, it.updated_at, app.clock.now()) : ""].filter(Boolean).join(" · ")}</p>
  </details>`;
}

/** @param {App} app @param {any} it */
function changeButton(app, it) {
  if (!app.actions.takes("ticket_update")) return "";
  const open = () => app.form.open("ticket_update", app.actions.here, it);
  return html`<button type="button" class="button quiet" @click=${open}>${icon("edit")}${app.words.t("ask.change")}</button>`;
}

/** @param {App} app @param {any} it */
function note(app, it) {
  const meta = [app.words.t(`crm.${it.kind}`), it.author, it.created_at ? date(app.words, it.created_at, app.clock.now()) : ""];
  return html`<details class="crm-note">
    <summary><span class="clip grow" dir="auto">${it.body.split("\n")[0]}</span></summary>
    <p class="pre" dir="auto">${it.body}</p>
    <p class="muted">${meta.filter(Boolean).join(" · ")}${openRecord(app, it, app.words.t(`crm.${it.kind}`))}</p>
  </details>`;
}

/** One of several that the addresses fit. @param {App} app @param {any} it */
function candidate(app, it) {
  const known = [...(it.emails ?? []), ...(it.phones ?? []).map((/** @type {any} */ phone) => phone.raw || phone.e164)];
  const name = addressed(app.words, it);
  return html`<li><strong dir="auto">${name}</strong> ${tierMark(app, it.tier)}
    <span class="muted small" dir="auto">${[it.external_id, ...known].filter(Boolean).join(" · ")}</span>
    <button type="button" class="button" aria-label=${app.words.t("context.choose.name", { name, id: it.external_id })}
      @click=${() => app.actions.choose(app.actions.here, it)}>${app.words.t("context.choose")}</button></li>`;
}

/** @param {App} app @param {string} tag */
function languageName(app, tag) {
  try {
    return tag && formatter(Intl.DisplayNames, app.words.language, { type: "language" }).of(tag);
  } catch {
    return tag; // not a tag: what the CRM wrote there
  }
}
