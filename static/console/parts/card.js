/** A card in a bubble: title, status, facts, and a trail with the newest step first. */
import { html } from "../../vendor/lit.js";
import { moment } from "../times.js";

/** @param {import("../main.js").App} app @param {any} card */
export function cardTemplate(app, card) {
  const steps = card.trail ?? [];
  return html`<div class="card">
    <div class="card-head">
      <strong dir="auto">${card.title}</strong>${card.status ? html`<span class="status ${card.tone}" dir="auto">${card.status}</span>` : ""}
    </div>
    ${card.facts?.length
      ? html`<dl>${card.facts.map((/** @type {any} */ it) => html`<dt>${it.label}</dt><dd dir="auto">${it.value}</dd>`)}</dl>`
      : ""}
    ${steps.length ? trail(app, steps) : ""}
    ${card.url ? html`<a href=${safe(card.url)} target="_blank" rel="noopener noreferrer">${app.words.t("card.open")}</a>` : ""}
    ${card.buttons?.length
      ? html`<ul class="offered" aria-label=${app.words.t("message.offered")}>${card.buttons.map((/** @type {any} */ it) => html`<li dir="auto">${it.label}</li>`)}</ul>`
      : ""}
  </div>`;
}

/** Two steps, and the rest on demand. @param {import("../main.js").App} app @param {{text: string, at: number, done?: boolean, place?: string}[]} steps */
export function trail(app, steps) {
  const [near, far] = [steps.slice(0, 2), steps.slice(2)];
  return html`<ol class="trail">${near.map((it) => step(app, it))}</ol>
    ${far.length
      ? html`<details class="trail-more">
          <summary>${app.words.t("card.earlier", { n: far.length })}</summary>
          <ol class="trail">${far.map((it) => step(app, it))}</ol>
        </details>`
      : ""}`;
}

/** @param {import("../main.js").App} app @param {{text: string, at: number, done?: boolean, place?: string}} it */
function step(app, it) {
  return html`<li class=${it.done === false ? "ahead" : ""}>
    <span dir="auto">${it.text}</span>${it.place ? html` <span class="muted" dir="auto">${it.place}</span>` : ""}
    ${it.at ? html`<time class="muted tabular">${moment(app.words, it.at)}</time>` : ""}
  </li>`;
}

/** Only web addresses become links, whatever a CRM or a bot wrote. @param {string} url */
export function safe(url) {
  return /^https?:\/\//i.test(url) ? url : "about:blank";
}
