/** Message bubbles of the thread: author, text or buttons or card, ticks, what the bot noticed about it. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { partyName } from "../lines.js";
import { prose } from "../../prose.js";
import { customerName } from "../people.js";
import { cardTemplate } from "./card.js";
import { channelIcon } from "./row.js";
import "./attach.js";
import "./time.js";

/** @typedef {import("../main.js").App} App */
/** @typedef {import("../conversation.js").Conversation} Conversation */
/** @typedef {import("../timeline.js").Entry} Entry */

/** @param {App} app @param {Conversation} conversation @param {Entry} entry */
export function messageTemplate(app, conversation, entry) {
  const event = /** @type {import("../timeline.js").Seen} */ (entry.event);
  const side = event.by.kind === "customer" ? "customer" : event.by.kind === "bot" ? "bot" : "agent";
  return html`<div class="message ${side} ${entry.first ? "first" : ""}">
    ${entry.first ? head(app, event, entry.moved) : ""}
    <div class="bubble ${event.d.content.kind}" dir="auto">${contentTemplate(app, event.d.content, event.conversation)}</div>
    ${side === "customer" ? "" : ticks(app, conversation.reached(event))} ${entry.insight ? chips(app, entry.insight) : ""}
  </div>`;
}

/** A message on its way: it waits, is being sent, or was refused. @param {App} app @param {import("../../sdk/outbox.js").Pending} pending @param {Conversation} conversation */
export function pendingTemplate(app, pending, conversation) {
  const t = app.words.t.bind(app.words);
  const failed = pending.state === "failed";
  return html`<div class="message agent first ${failed ? "failed" : "pending"}">
    <div class="bubble text" dir="auto">${contentTemplate(app, pending.content)}</div>
    ${failed
      ? html`<p class="problem" role="alert">
          ${icon("failed")}${app.errors.sentence(/** @type {any} */ ({ code: pending.error }))}
          <button type="button" class="button quiet" @click=${() => conversation.retry(pending.id)}>${t("message.retry")}</button>
          <button type="button" class="button quiet" @click=${() => conversation.discard(pending.id)}>${t("message.discard")}</button>
        </p>`
      : html`<span class="ticks" role="img" aria-label=${t("tick.waiting")} title=${t("tick.waiting")}>${icon("waiting")}</span>`}
  </div>`;
}

/** @param {App} app @param {import("../timeline.js").Seen} event @param {boolean} [moved] */
function head(app, event, moved) {
  const channel = app.words.t(`channel.${event.channel || "web"}`);
  return html`<div class="message-head">
    <span class="author" dir="auto">${event.by.kind === "customer" ? customerName(app.words, event.by) : partyName(app, event.by)}</span>
    ${event.by.kind === "customer" ? html`<span class="channel" title=${channel}>${icon(channelIcon(event.channel))}${moved ? html`<span>${app.words.t("message.by_channel", { channel })}</span>` : html`<span class="unseen">${channel}</span>`}</span>` : ""}
    <ot-time class="muted" .app=${app} as="said" .at=${event.at}></ot-time>
  </div>`;
}

/** @param {App} app @param {any} content @param {string} [log] the conversation in whose log it stands */
function contentTemplate(app, content, log) {
  if (content.kind === "file") return html`<ot-file .app=${app} .content=${content} .log=${log}></ot-file>`;
  if (content.kind === "card") return cardTemplate(app, content);
  if (content.kind === "buttons")
    return html`${prose(content.text)}
      <ul class="offered" aria-label=${app.words.t("message.offered")}>
        ${content.buttons.map((/** @type {any} */ it) => html`<li dir="auto">${it.label}</li>`)}
      </ul>`;
  return prose(content.text ?? "");
}

/** @param {App} app @param {"sent" | "delivered" | "read"} reached */
function ticks(app, reached) {
  const label = app.words.t(`tick.${reached}`);
  return html`<span class="ticks ${reached}" role="img" aria-label=${label} title=${label}
    >${icon(reached === "sent" ? "sent" : "delivered")}</span
  >`;
}

/** What the bot noticed: intent, mood, urgency, entities. @param {App} app @param {any} insight */
export function chips(app, insight) {
  const t = app.words.t.bind(app.words);
  const mood = insight.sentiment <= -0.25 ? "danger" : insight.sentiment >= 0.25 ? "ok" : "";
  return html`<ul class="chips" aria-label=${t("insight.label")}>
    ${insight.intent ? html`<li title=${insight.confidence ? t("insight.confidence", { n: Math.round(insight.confidence * 100) }) : ""}>${intentName(app, insight.intent)}</li>` : ""}
    ${mood ? html`<li class=${mood}>${t(`insight.mood.${mood}`)} <span class="tabular">${signed(insight.sentiment)}</span></li>` : ""}
    ${insight.urgency === "high" ? html`<li class="warn">${t("insight.urgent")}</li>` : ""}
    ${(insight.entities ?? []).map((/** @type {[string, string]} */ [kind, value]) => html`<li><span class="muted">${entityName(app, kind)}</span> <bdi>${value}</bdi></li>`)}
  </ul>`;
}

/** @param {App} app @param {string} intent */
export function intentName(app, intent) {
  const key = `intent.${intent}`;
  return app.words.has(key) ? app.words.t(key) : intent.replaceAll("_", " ");
}

/** @param {App} app @param {string} kind */
export function entityName(app, kind) {
  const key = `entity.${kind}`;
  return app.words.has(key) ? app.words.t(key) : kind.replaceAll("_", " ");
}

/** @param {number} n */
function signed(n) {
  return `${n > 0 ? "+" : "−"}${Math.abs(n).toFixed(1)}`;
}
