/** The whole page: sign-in or the desk, with its panes, dialogs and toasts. */
import { html } from "../../vendor/lit.js";
import { Part } from "../part.js";
import "./customer.js";
import "./inbox.js";
import "./keys.js";
import "./palette.js";
import "./rail.js";
import "./reservation.js";
import "./sign-in.js";
import "./thread.js";
import "./toasts.js";

export class Console extends Part {
  static properties = { problem: { state: true } };

  constructor() {
    super();
    /** @type {import("../../sdk/failure.js").Failure | null} */
    this.problem = null;
  }

  watches() {
    return [this.app.session, this.app.place, this.app.toasts];
  }

  /** Asks who is signed in. */
  async restore() {
    this.problem = null;
    try {
      await this.app.session.restore();
    } catch (why) {
      this.problem = /** @type {any} */ (why);
    }
  }

  shouldUpdate() {
    return !!this.app;
  }

  render() {
    const { state } = this.app.session;
    if (state === "asking") return this.problem ? this.#unreachable(this.problem) : html`<main class="sign-in" aria-busy="true"></main>`;
    if (state !== "in") return html`<ot-sign-in .app=${this.app}></ot-sign-in><ot-toasts .app=${this.app}></ot-toasts>`;
    return this.#desk();
  }

  #desk() {
    const { place } = this.app;
    const step = place.panel ? "customer" : place.conversation ? "thread" : "list";
    return html`<div class="desk" data-step=${step}>
      <a class="skip" href="#thread" @click=${this.#skip}>${this.t("skip")}</a>
      <ot-rail .app=${this.app}></ot-rail>
      <main>
        <section class="pane inbox-pane" aria-label=${this.t("pane.inbox")}><ot-inbox .app=${this.app}></ot-inbox></section>
        <section class="pane thread-pane" id="thread" tabindex="-1" aria-label=${this.t("pane.thread")}><ot-thread .app=${this.app}></ot-thread></section>
        <section class="pane customer-pane" aria-label=${this.t("pane.customer")}><ot-customer .app=${this.app}></ot-customer></section>
      </main>
      <ot-reservation .app=${this.app}></ot-reservation>
      <ot-toasts .app=${this.app}></ot-toasts>
      <ot-palette .app=${this.app}></ot-palette>
      <ot-keys .app=${this.app}></ot-keys>
    </div>`;
  }

  /** @param {import("../../sdk/failure.js").Failure} problem */
  #unreachable(problem) {
    return html`<main class="sign-in">
      <div class="empty" role="alert">
        <p>${this.app.errors.sentence(problem)}</p>
        <p class="muted">${this.t("error.code", { code: problem.code })}</p>
        <button type="button" class="button primary" @click=${this.restore}>${this.t("retry")}</button>
      </div>
    </main>`;
  }

  /** @param {Event} event */
  #skip(event) {
    event.preventDefault(); // the address holds the place, not an anchor
    /** @type {HTMLElement | null} */ (this.querySelector("#thread"))?.focus();
  }
}

customElements.define("ot-console", Console);
