/** The handoff brief: what the customer wanted, what was tried, why a person is needed, with the evidence. */
import { html } from "../../vendor/lit.js";
import { entityName, intentName } from "./message.js";
import "./time.js";

/** @param {import("../main.js").App} app @param {any} brief the body of `handoff.briefed` @param {number} at */
export function briefTemplate(app, brief, at) {
  const t = app.words.t.bind(app.words);
  return html`<section class="brief" aria-label=${t("brief.title")}>
    <header><strong>${t("brief.title")}</strong><ot-time class="muted" .app=${app} .at=${at}></ot-time></header>
    ${briefBody(app, brief)}
  </section>`;
}

/** The same without its frame, for the reservation bar. @param {import("../main.js").App} app @param {any} brief */
export function briefBody(app, brief) {
  const t = app.words.t.bind(app.words);
  return html`${brief.summary ? html`<p class="summary" dir="auto">${brief.summary}</p>` : ""}
    <dl>
      <dt>${t("brief.why")}</dt>
      <dd>${t(`reason.${brief.reason}`)}${brief.evidence ? html` <q dir="auto">${brief.evidence}</q>` : ""}</dd>
      ${brief.intent ? html`<dt>${t("brief.intent")}</dt><dd>${intentName(app, brief.intent)}</dd>` : ""}
      ${brief.tried?.length ? html`<dt>${t("brief.tried")}</dt><dd><ul>${brief.tried.map((/** @type {string} */ it) => html`<li dir="auto">${it}</li>`)}</ul></dd>` : ""}
      ${(brief.entities ?? []).map((/** @type {[string, string]} */ [kind, value]) => html`<dt>${entityName(app, kind)}</dt><dd><bdi>${value}</bdi></dd>`)}
    </dl>`;
}
