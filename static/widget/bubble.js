// One line of the thread: a message with its ticks, or a quiet line, a day, the mark above what is new.

import { html, nothing } from "../vendor/lit.js";
import { card } from "./card.js";
import { icon } from "./icons.js";
import { prose } from "../prose.js";

/**
 * @param {import("./items.js").Shown} item
 * @param {{words: import("./words.js").Words, press: (button: any) => void, retry: (id: string) => void, discard: (id: string) => void}} on
 */
export function row(item, on) {
  const { words } = on;
  if (item.kind === "message") return message(item, on);
  if (item.kind === "line") return html`<li class="line" dir="auto" title=${words.exact(item.at)}>${words.say(...item.words)}</li>`;
  return html`<li class=${item.kind}><span>${item.kind === "day" ? words.day(item.at) : words.say("unread")}</span></li>`;
}

function message(item, on) {
  const { by, content, mine, first, last, state } = item;
  const name = mine ? on.words.say("you") : by.name || on.words.say("bot");
  const side = mine ? "mine" : by.kind;
  return html`<li class="said ${side} ${first ? "first" : ""} ${state}">
    <p class=${mine || !first ? "hidden" : "by"}>${mine ? nothing : face(by, name)}<span dir="auto">${name}</span></p>
    ${content.kind === "card"
      ? card(content, on.words, on.press)
      : html`<div class="bubble" dir="auto">${content.kind === "file" ? html`<ot-file .file=${content} .customer=${on.customer} .conversation=${item.log} .words=${on.words}></ot-file>` : mine ? html`<p class="plain">${content.text}</p>` : prose(content.text)}</div>`}
    ${last ? meta(item, on) : nothing}
  </li>`;
}

/** @param {{kind: string}} by @param {string} name */
export const face = (by, name) =>
  html`<span class="face ${by.kind}" aria-hidden="true">${by.kind === "bot" ? icon("bot") : [...name][0] ?? ""}</span>`;

function meta({ at, state, id }, { words, retry, discard }) {
  if (state === "failed") {
    return html`<p class="meta failed">
      ${icon("failed")}${words.say("failed")}
      <button type="button" @click=${() => retry(id)}>${words.say("retry")}</button>
      <button type="button" @click=${() => discard(id)}>${words.say("discard")}</button>
    </p>`;
  }
  const tick = state ? html`<span class="tick" role="img" aria-label=${words.say(state)} title=${words.say(state)}>${icon(state)}</span>` : nothing;
  return html`<p class="meta"><time datetime=${new Date(at).toISOString()} title=${words.exact(at)}>${words.ago(at)}</time>${tick}</p>`;
}
