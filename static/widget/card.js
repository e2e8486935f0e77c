// A thing with facts and a trail: an order with its shipment, a ticket, points, an article.

import { html, nothing } from "../vendor/lit.js";
import { icon } from "./icons.js";

/** Steps shown before "show all". */
const STEPS = 3;

/**
 * @param {any} it CardContent, see hub/model/content.py
 * @param {import("./words.js").Words} words
 * @param {(button: any) => void} press
 */
export function card(it, words, press) {
  return html`<section class="card" aria-label="${words.say(`card.${it.card}`)}: ${it.title}">
    <h2>${icon(it.card)}<span dir="auto">${it.title}</span></h2>
    ${it.status ? html`<p class="state ${it.tone}" dir="auto">${it.status}</p>` : nothing}
    ${it.facts?.length ? html`<dl>${it.facts.map((fact) => html`<div><dt>${fact.label}</dt><dd dir="auto">${fact.value}</dd></div>`)}</dl>` : nothing}
    ${it.trail?.length ? trail(it.trail, words) : nothing}
    ${it.url || it.buttons?.length ? actions(it, words, press) : nothing}
  </section>`;
}

/** The newest step first; the rest on demand. */
function trail(steps, words) {
  const shown = html`<ol class="trail">${steps.slice(0, STEPS).map((one) => step(one, words))}</ol>`;
  if (steps.length <= STEPS) return shown;
  return html`${shown}<details>
    <summary>${words.say("card.trail", { n: steps.length })}</summary>
    <ol class="trail">${steps.slice(STEPS).map((one) => step(one, words))}</ol>
  </details>`;
}

const step = (one, words) => html`<li class=${one.done ? "done" : "todo"}>
  <span dir="auto">${one.text}</span>${one.at ? html`<time datetime=${new Date(one.at).toISOString()}>${words.when(one.at)}</time>` : nothing}
</li>`;

function actions({ url, buttons }, words, press) {
  return html`<div class="actions">
    ${buttons?.map((button) => html`<button type="button" @click=${() => press(button)}>${button.label}</button>`)}
    ${url ? html`<a href=${url} target="_blank" rel="noopener noreferrer">${words.say("card.open")}</a>` : nothing}
  </div>`;
}
