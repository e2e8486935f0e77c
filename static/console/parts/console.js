/** The console's page: a desk with its panes, dialogs and toasts. */
import { html } from "../../vendor/lit.js";
import "./call.js";
import "./customer.js";
import "./inbox.js";
import "./integrations.js";
import "./keys.js";
import "./live-calls.js";
import { Page } from "./page.js";
import "./palette.js";
import "./rail.js";
import "./reservation.js";
import "./ring.js";
import "./supervision.js";
import "./thread.js";

export class Console extends Page {
  desk() {
    const { place } = this.app;
    const step = place.page ? "page" : place.panel ? "customer" : place.conversation ? "thread" : "list";
    return html`<div class="desk" data-step=${step}>
      <a class="skip" href="#thread" @click=${this.#skip}>${this.t("skip")}</a>
      <ot-rail .app=${this.app}></ot-rail>
      <main>
        <ot-call .app=${this.app}></ot-call>
        <ot-supervision .app=${this.app}></ot-supervision>
        ${place.page ? html`<section class="pane page-pane" id="thread" tabindex="-1">${this.#page()}</section>` : this.#panes()}
      </main>
      <ot-reservation .app=${this.app}></ot-reservation>
      <ot-ring .app=${this.app}></ot-ring>
      <ot-toasts .app=${this.app}></ot-toasts>
      <ot-palette .app=${this.app}></ot-palette>
      <ot-keys .app=${this.app}></ot-keys>
    </div>`;
  }

  #page() {
    return this.app.place.page === "calls" ? html`<ot-live-calls .app=${this.app}></ot-live-calls>` : html`<ot-integrations .app=${this.app}></ot-integrations>`;
  }

  #panes() {
    return html`<section class="pane inbox-pane" aria-label=${this.t("pane.inbox")}><ot-inbox .app=${this.app}></ot-inbox></section>
      <section class="pane thread-pane" id="thread" tabindex="-1" aria-label=${this.t("pane.thread")}><ot-thread .app=${this.app}></ot-thread></section>
      <section class="pane customer-pane" aria-label=${this.t("pane.customer")}><ot-customer .app=${this.app}></ot-customer></section>`;
  }

  /** @param {Event} event */
  #skip(event) {
    event.preventDefault(); // the address holds the place, not an anchor
    /** @type {HTMLElement | null} */ (this.querySelector("#thread"))?.focus();
  }
}

customElements.define("ot-console", Console);
