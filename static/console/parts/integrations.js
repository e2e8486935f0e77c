/** The page of the connections to CRMs: how each is, what its mapping lacks, what was put aside and can be done again. */
import { html } from "../../vendor/lit.js";
import { overrules } from "../commands.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { crmName } from "../people.js";
import { skeleton } from "./inbox.js";
import { partName } from "./sources.js";
import "./time.js";

/** @typedef {import("../integrations.js").Connection} Connection */

/** What comes along with another part wherever it is not asked for apart: part -> that other one. @type {Record<string, string>} */
const WITH = { shipments: "orders", points: "customer" };
const TONES = /** @type {const} */ ({ closed: "ok", half_open: "warn", open: "danger" });
/** Findings and jobs that are shown before all of them are wished for. */
const FEW = 5;

export class IntegrationsPage extends Part {
  static properties = { busy: { state: true } };

  constructor() {
    super();
    /** Whose jobs are being carried out again. */
    this.busy = "";
  }

  watches() {
    return [this.app.integrations, this.app.session, this.app.clock.minutes];
  }

  connectedCallback() {
    super.connectedCallback();
    if (overrules(this.app)) void this.app.integrations.load();
  }

  render() {
    return html`<header class="pane-head">
        <button type="button" class="button bare back" aria-label=${this.t("back")} @click=${() => this.app.place.go({ conversation: "" })}>${icon("back")}</button>
        <h1 class="grow">${this.t("integrations.title")}</h1>
      </header>
      <div class="integrations" tabindex="0" role="group" aria-label=${this.t("integrations.title")}>${this.#body()}</div>`;
  }

  #body() {
    const { integrations } = this.app;
    if (!overrules(this.app)) return html`<div class="empty"><p>${this.t("integrations.forbidden")}</p></div>`;
    if (integrations.problem && !integrations.connections) return this.#failed(integrations.problem);
    if (!integrations.connections) return skeleton(this.t("loading"));
    if (!integrations.connections.length) return html`<div class="empty"><p>${this.t("integrations.none")}</p></div>`;
    return integrations.connections.map((it) => this.#connection(it));
  }

  /** @param {import("../../sdk/failure.js").Failure} problem */
  #failed(problem) {
    return html`<div class="empty" role="alert">
      <p>${this.app.errors.sentence(problem)}</p>
      <p class="muted">${this.t("error.code", { code: problem.code })}</p>
      <button type="button" class="button" @click=${() => this.app.integrations.load()}>${this.t("retry")}</button>
    </div>`;
  }

  /** @param {Connection} it */
  #connection(it) {
    const name = it.title === it.name ? crmName(this.app.words, it.name) : it.title;
    return html`<section class="connection-card" aria-label=${name}>
      <h2><bdi class="clip">${name}</bdi> <code class="muted">${it.kind}</code><span class="grow"></span><span class="status ${TONES[it.breaker]}">${this.t(`breaker.${it.breaker}`)}</span></h2>
      ${it.breaker === "closed" ? "" : html`<p class="strip">${this.t(`integrations.breaker.${it.breaker}`)}</p>`}
      ${this.#facts(it)}
      ${this.#findings(this.t("integrations.drift"), this.t("integrations.drift.means"), it.drift.map((each) => ({ ...each, where: each.path, what: this.#problem(each) })))}
      ${this.#findings(this.t("integrations.unmapped"), this.t("integrations.unmapped.means"), it.unmapped.map((each) => ({ ...each, where: each.field, what: each.value })))}
      ${this.#dead(it)}
    </section>`;
  }

  /** @param {Connection} it */
  #facts(it) {
    const { app } = this;
    const lacks = it.parts.filter((part) => !it.can.includes(part) && !it.can.includes(WITH[part]));
    const percent = new Intl.NumberFormat(app.words.language, { style: "percent", maximumFractionDigits: 1 });
    return html`<dl class="facts">
      <dt>${this.t("integrations.last_ok")}</dt>
      <dd>${it.last_ok ? html`<ot-time .app=${app} .at=${it.last_ok}></ot-time>` : this.t("integrations.never")}</dd>
      <dt>${this.t("integrations.errors")}</dt>
      <dd>${it.calls ? this.t("integrations.rate", { rate: percent.format(it.error_rate), n: it.calls }) : this.t("integrations.no_calls")}</dd>
      ${it.last_error
        ? html`<dt>${this.t("integrations.last_error")}</dt>
            <dd>${app.errors.sentence(it.last_error)} <code class="muted">${it.last_error.detail}</code> <span class="muted">· <ot-time .app=${app} .at=${it.last_error.at}></ot-time></span></dd>`
        : ""}
      <dt>${this.t("integrations.backlog")}</dt>
      <dd class="tabular">${it.backlog ? app.words.number(it.backlog) : this.t("integrations.backlog.none")}</dd>
      <dt>${this.t("integrations.used_for")}</dt>
      <dd>${it.can.map((part) => partName(app, part)).join(this.t("and_so_on"))}</dd>
      ${lacks.length ? html`<dt>${this.t("integrations.lacks")}</dt><dd>${lacks.map((part) => partName(app, part)).join(this.t("and_so_on"))}</dd>` : ""}
    </dl>`;
  }

  /** What is wrong with an answer, in this language; what an older hub wrote is told as it is. @param {{problem: string, argument?: string}} it */
  #problem({ problem, argument = "" }) {
    return this.app.words.has(`drift.${problem}`) ? this.t(`drift.${problem}`, { argument }) : problem;
  }

  /** @param {string} title @param {string} means @param {{operation: string, where: string, what: string, count: number, at: number}[]} found */
  #findings(title, means, found) {
    if (!found.length) return "";
    const row = (/** @type {typeof found[number]} */ it) => html`<tr>
      <td><code>${it.operation}</code></td><td><code>${it.where}</code></td><td dir="auto">${it.what}</td>
      <td class="tabular">× ${this.app.words.number(it.count)}</td><td class="muted"><ot-time .app=${this.app} as="brief" .at=${it.at}></ot-time></td>
    </tr>`;
    return html`<h3>${title} <span class="muted tabular">${found.length}</span></h3>
      <p class="muted">${means}</p>
      <div class="wide-table" tabindex="0" role="region" aria-label=${title}><table>
        <thead class="unseen"><tr>${["call", "where", "what", "count", "when"].map((it) => html`<th>${this.t(`integrations.column.${it}`)}</th>`)}</tr></thead>
        <tbody>${found.map(row)}</tbody>
      </table></div>`;
  }

  /** @param {Connection} it */
  #dead(it) {
    if (!it.dead.length) return "";
    const few = it.dead.slice(-FEW).reverse();
    const more = it.dead.slice(0, -FEW).reverse();
    return html`<h3>${this.t("integrations.dead")} <span class="muted tabular">${it.dead.length}</span><span class="grow"></span>
        <button type="button" class="button" ?disabled=${this.busy === it.name} @click=${() => this.#replay(it.name)}>${icon("refresh")}${this.t("integrations.replay.all")}</button></h3>
      <p class="muted">${this.t("integrations.dead.means")}</p>
      <ul class="dead">${few.map((each) => this.#job(it.name, each))}</ul>
      ${more.length ? html`<details><summary>${this.t("integrations.dead.more", { n: more.length })}</summary><ul class="dead">${more.map((each) => this.#job(it.name, each))}</ul></details>` : ""}`;
  }

  /** @param {string} connection @param {import("../integrations.js").Dead} job */
  #job(connection, { id, kind, conversation, why, at, tries }) {
    const { app } = this;
    const what = app.words.has(`job.${kind}`) ? this.t(`job.${kind}`) : kind;
    // The error's name comes first, then what the connector said of it.
    const [code, ...said] = why.split(": ");
    return html`<li>
      <p class="grow"><a href="#/all/${encodeURIComponent(conversation)}">${what}</a>
        <span class="muted">· <ot-time .app=${app} .at=${at}></ot-time> · ${this.t("integrations.tries", { n: tries })}</span>
        <span class="small problem">${app.words.has(`error.${code}`) ? app.errors.sentence({ code }) : code} <span class="muted" dir="auto">${said.join(": ")}</span></span></p>
      <button type="button" class="button quiet" ?disabled=${this.busy === connection} @click=${() => this.#replay(connection, [id])}>${this.t("integrations.replay")}</button>
    </li>`;
  }

  /** @param {string} connection @param {string[]} [jobs] all of them without */
  async #replay(connection, jobs) {
    const { session, toasts, errors, integrations } = this.app;
    this.busy = connection;
    try {
      const replayed = await session.replay(connection, jobs);
      toasts.say(this.t("said.replayed", { n: replayed.length }));
      await integrations.load();
    } catch (why) {
      toasts.fail(errors.sentence(/** @type {any} */ (why)), /** @type {any} */ (why).code);
    }
    this.busy = "";
  }
}

customElements.define("ot-integrations", IntegrationsPage);
