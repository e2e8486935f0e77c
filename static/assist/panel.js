/** The assist panel: the page's customer with thread and context, or in words why they are not here. */
import { html } from "../vendor/lit.js";
import "../console/parts/customer.js";
import { skeleton } from "../console/parts/inbox.js";
import "../console/parts/keys.js";
import "../console/parts/me.js";
import { Page } from "../console/parts/page.js";
import "../console/parts/reservation.js";
import { tierMark } from "../console/parts/row.js";
import "../console/parts/thread.js";
import "../console/parts/time.js";
import { customerName } from "../console/people.js";

export class Panel extends Page {
  watches() {
    return [...super.watches(), /** @type {any} */ (this.app).named];
  }

  /** @returns {import("./named.js").Named} */
  get named() {
    return /** @type {any} */ (this.app).named;
  }

  desk() {
    const { place } = this.app;
    const step = place.panel ? "customer" : "thread";
    return html`<div class="desk assist" data-step=${step}>
      ${place.conversation ? this.#customer() : html`<main><section class="pane find-pane">${this.#instead()}</section></main>`}
      <ot-reservation .app=${this.app}></ot-reservation>
      <ot-toasts .app=${this.app}></ot-toasts>
      <ot-keys .app=${this.app}></ot-keys>
      <ot-me .app=${this.app} up></ot-me>
    </div>`;
  }

  #customer() {
    return html`<main>
        <section class="pane thread-pane" aria-label=${this.t("pane.thread")}>${this.#elsewhere()}<ot-thread .app=${this.app}></ot-thread></section>
        <section class="pane customer-pane" aria-label=${this.t("pane.customer")}><ot-customer .app=${this.app}></ot-customer></section>
      </main>`;
  }

  /** The agent turned to somebody else than the page shows. */
  #elsewhere() {
    if (!this.named.elsewhere) return "";
    return html`<p class="strip" role="status">${this.t("assist.elsewhere", { name: this.named.label })}
      <button type="button" class="button quiet" @click=${() => this.named.back()}>${this.t("assist.back")}</button></p>`;
  }

  /** While there is no conversation to show. */
  #instead() {
    const { state, label, problem } = this.named;
    if (state === "looking") return skeleton(this.t("loading"));
    if (state === "failed" && problem)
      return this.#said(this.app.errors.sentence(problem), this.t("error.code", { code: problem.code }), true);
    if (state === "none") return this.#said(this.t("assist.none", { name: label }), this.t("assist.none.todo"), true);
    if (state === "several") return this.#several();
    return html`${this.#said(this.t("assist.unnamed"), this.t("assist.unnamed.todo"))}${this.#form()}`;
  }

  /** @param {string} what @param {string} todo @param {boolean} [again] */
  #said(what, todo, again) {
    return html`<div class="empty" role="status">
      <p dir="auto">${what}</p>
      <p class="muted">${todo}</p>
      ${again ? html`<button type="button" class="button" @click=${() => this.named.look()}>${this.t("assist.again")}</button>` : ""}
    </div>`;
  }

  #several() {
    return html`<div class="empty"><p>${this.t("assist.several", { name: this.named.label })}</p></div>
      <ul class="found">${this.named.rows.map((row) => this.#found(row))}</ul>`;
  }

  /** @param {import("../console/order.js").Row} row */
  #found(row) {
    return html`<li><button type="button" class="button" @click=${() => this.named.choose(row.conversation)}>
      <span class="clip grow"><bdi>${customerName(this.app.words, row.customer)}</bdi> ${tierMark(this.app, row.customer.tier)}
        <span class="muted clip" dir="auto">${row.last?.text ?? this.t("row.nothing")}</span></span>
      ${row.last ? html`<ot-time class="muted" .app=${this.app} as="brief" .at=${row.last.at}></ot-time>` : ""}
    </button></li>`;
  }

  #form() {
    return html`<form class="inline-form find" @submit=${this.#submit}>
      <label class="grow">${this.t("assist.address")}
        <input name="address" required minlength="2" maxlength="254" dir="auto" autocomplete="off" spellcheck="false" />
      </label>
      <button class="button primary">${this.t("assist.find")}</button>
    </form>`;
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    event.preventDefault();
    const text = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("address")).trim();
    if (text) this.named.type({ customer: text });
  }
}

customElements.define("ot-assist", Panel);
