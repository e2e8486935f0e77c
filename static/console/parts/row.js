/** One inbox row: who, on which channel, the last line, how long they wait, what is unread. */
import { isolated } from "../../sdk/bidi.js";
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { tint } from "../order.js";
import { customerName } from "../people.js";
import { plain } from "../plain.js";
import "./time.js";

/** @typedef {import("../order.js").Row} Row */
/** @typedef {import("../main.js").App} App */

/** @param {App} app @param {Row & {gone?: boolean}} row */
export function rowTemplate(app, row) {
  const unread = toRead(row);
  const t = app.words.t.bind(app.words);
  const open = app.place.conversation === row.conversation;
  const mine = row.reservation?.agent === app.session.agent?.id;
  const urgency = mine ? "reserved" : tint(row, app.clock.now());
  return html`<a
    class="row ${urgency} ${app.inbox.isLit(row.conversation) ? "lit" : ""} ${row.gone ? "gone" : ""} ${unread ? "unread" : ""}"
    href="#/${app.place.view}/${encodeURIComponent(row.conversation)}"
    aria-current=${open ? "true" : "false"}
    data-conversation=${row.conversation}
  >
    <span class="row-top">
      <span class="row-name clip" dir="auto">${customerName(app.words, row.customer)}</span>
      ${tierMark(app, row.customer.tier)}
      <span class="grow"></span>${when(app, row)}
    </span>
    <span class="row-bottom">
      <span class="channel" role="img" aria-label=${t(`channel.${row.channel || "web"}`)}>${icon(channelIcon(row.channel))}</span>
      <span class="row-last clip grow" dir="auto">${lastLine(app, row)}</span>
      ${unread
        ? html`<span class="badge tabular" role="img" aria-label=${t("count.unread", { n: unread })}>${unread > 99 ? "99+" : unread}</span>`
        : ""}
    </span>
    ${foot(app, row)}
  </a>`;
}

/** @param {string} channel @returns {"web" | "app" | "email"} */
export function channelIcon(channel) {
  return channel === "app" || channel === "email" ? channel : "web";
}

/** @param {App} app @param {Row} row */
function when(app, row) {
  if (row.waiting_since && row.status !== "resolved")
    return html`<ot-time class="wait" .app=${app} as="wait" .at=${row.waiting_since}></ot-time>`;
  return row.last ? html`<ot-time class="muted" .app=${app} as="brief" .at=${row.last.at}></ot-time>` : "";
}

/** What people should read: while the bot answers, nobody has to. @param {Row} row */
function toRead(row) {
  return row.owner.kind === "agent" || row.owner.kind === "queue" ? row.unread : 0;
}

/** A tier that means something; the standard one is everybody's. @param {App} app @param {string} [tier] */
export function tierMark(app, tier) {
  return tier && tier !== "standard" ? html`<span class="tier ${tier}">${app.words.t(`tier.${tier}`)}</span>` : "";
}

/** The last line, with its author when that wasn't the customer. @param {App} app @param {Row & {gone?: boolean}} row */
export function lastLine(app, row) {
  if (row.gone) return app.words.t("row.gone");
  if (!row.last) return app.words.t("row.nothing");
  if (row.last.by === "customer") return row.last.text;
  const name = row.last.by === "bot" ? app.words.t("party.bot") : row.last.name;
  return `${name ? `${isolated(name)}: ` : ""}${plain(row.last.text)}`;
}

/** What a colleague needs to know before opening it. @param {App} app @param {Row} row */
function foot(app, row) {
  const t = app.words.t.bind(app.words);
  const me = app.session.agent?.id;
  const words = [];
  if (row.reservation) words.push(row.reservation.agent === me ? t("row.reserved") : t("row.asked", { name: row.reservation.name }));
  if (app.inbox.given(row.conversation)) words.push(t("row.given"));
  if (row.status === "snoozed") words.push(t("row.snoozed"));
  if (row.status === "resolved") words.push(t("row.resolved"));
  if (row.owner.kind === "agent" && row.owner.id !== me) words.push(t("row.with", { name: row.owner.name }));
  if (row.owner.kind === "bot" && app.place.view !== "bot") words.push(t("row.bot"));
  if (row.owner.kind === "queue" && row.owner.id) words.push(t("row.team", { team: row.owner.id }));
  else if (row.owner.kind === "queue" && app.place.view !== "queue" && !row.reservation) words.push(t("row.queue"));
  if (!words.length && !row.tags.length) return "";
  return html`<span class="row-foot clip"
    >${words.join(" · ")}${row.tags.map((tag) => html`<span class="tag" dir="auto">${tag}</span>`)}</span
  >`;
}
