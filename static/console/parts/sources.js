/** Which CRMs were asked about this customer: what each gave, how old it is, and in plain words why it gave no more. */
import { html } from "../../vendor/lit.js";
import { crmName } from "../people.js";
import "./time.js";

/** @typedef {import("../main.js").App} App */

/** Nothing to tell while there is one, and it is well: its name and age stand in the head. @param {App} app @param {any} context */
export function sourcesTemplate(app, context) {
  const sources = context?.sources ?? [];
  if (sources.length < 2 && sources.every((/** @type {any} */ it) => it.breaker === "closed")) return "";
  return html`<ul class="sources" aria-label=${app.words.t("sources.label")}>${sources.map((/** @type {any} */ it) => source(app, it))}</ul>`;
}

/** @param {App} app @param {any} it */
function source(app, it) {
  const t = app.words.t.bind(app.words);
  const crm = crmName(app.words, it.crm);
  const tone = it.outcome === "unavailable" || it.breaker === "open" ? "danger" : it.why || it.breaker === "half_open" ? "warn" : "available";
  return html`<li>
    <span class="dot ${tone}"></span>
    <span class="grow"><bdi>${crm}</bdi> <span class="muted" title=${t("sources.took", { n: it.took_ms })}>· <ot-time .app=${app} .at=${it.as_of}></ot-time></span>
      <span class="small muted">${told(app, it, crm)}</span></span>
  </li>`;
}

/** What it gave, or why not. @param {App} app @param {any} it @param {string} crm */
function told(app, it, crm) {
  const t = app.words.t.bind(app.words);
  const parts = it.parts.map((/** @type {string} */ part) => partName(app, part)).join(t("and_so_on"));
  const said = [
    it.breaker !== "closed" ? t(`breaker.${it.breaker}.told`) : "",
    it.outcome === "found" && parts ? t("sources.gave", { parts }) : "",
    it.outcome !== "found" && !it.why ? t(`context.line.${it.outcome}`, { name: "" }) : "",
    ...reasons(app, it.why, crm),
  ];
  return said.filter(Boolean).join(" · ");
}

/** "timeout", or "orders:timeout tickets:lacks", in words. @param {App} app @param {string} why @param {string} crm @returns {string[]} */
export function reasons(app, why, crm) {
  return why
    .split(" ")
    .filter(Boolean)
    .map((it) => (it.includes(":") ? it.split(":") : ["", it]))
    .filter(([, code]) => app.words.has(`context.why.${code}`))
    .map(([part, code]) => {
      const said = app.words.t(`context.why.${code}`, { crm });
      return part ? app.words.t("context.missing", { what: partName(app, part), why: said }) : said;
    });
}

/** @param {App} app @param {string} part */
export function partName(app, part) {
  return app.words.has(`capability.${part}`) ? app.words.t(`capability.${part}`) : part;
}
