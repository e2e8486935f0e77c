/** The right pane: who the customer is, how that is proven, what the CRM knows, and what staff wrote on them. */
import { html } from "../../vendor/lit.js";
import { commandNamed, openRow, possible } from "../commands.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { addressed, crmName, customerName } from "../people.js";
import "./action.js";
import { contextTemplate } from "./context.js";
import "./crm-form.js";
import "./identities.js";
import { skeleton } from "./inbox.js";
import "./merge.js";
import { tierMark } from "./row.js";
import { sourcesTemplate } from "./sources.js";
import "./tags.js";
import { sessionsTemplate } from "./sessions.js";

const ASKS = /** @type {const} */ (["ticket", "task", "lead", "edit"]);

export class CustomerPane extends Part {
  static properties = { refreshing: { state: true } };

  constructor() {
    super();
    this.refreshing = false;
  }

  watches() {
    const { app } = this;
    return [app.place, app.clock.minutes, app.conversations.get(app.place.conversation)];
  }

  render() {
    const conversation = this.app.conversations.get(this.app.place.conversation);
    const row = openRow(this.app);
    if (!conversation) return html`<div class="empty middle muted"><p>${this.t("customer.none")}</p></div>`;
    if (!row) return conversation.state === "opening" ? skeleton(this.t("loading")) : "";
    return html`${this.#head(row, conversation.context?.customer)}
      <div class="customer-body" tabindex="0" role="group" aria-label=${this.t("pane.customer")}>
        <ot-identities .app=${this.app} .row=${row}></ot-identities>
        ${this.#context(conversation)}
        <ot-tags .app=${this.app} .row=${row}></ot-tags>
        ${sessionsTemplate(this.app, conversation)}
        <ot-merge .app=${this.app} .row=${row}></ot-merge>
      </div>`;
  }

  /** @param {import("../order.js").Row} row @param {any} known what the CRM says */
  #head(row, known) {
    const name = known ? addressed(this.app.words, known) : customerName(this.app.words, row.customer);
    const tier = known?.tier || row.customer.tier;
    return html`<header class="pane-head">
      <button type="button" class="button bare panel-back" aria-label=${this.t("back")} @click=${() => this.app.place.go({ panel: false })}>${icon("back")}</button>
      <h2 class="clip grow"><bdi>${name}</bdi></h2>
      ${tierMark(this.app, tier)}
    </header>`;
  }

  /** @param {import("../conversation.js").Conversation} conversation */
  #context(conversation) {
    return html`<section class="block" aria-busy=${this.refreshing}>
      <h3>
        <span class="grow">${this.#source(conversation.context)}</span>
        <button type="button" class="button bare quiet ${this.refreshing ? "turning" : ""}" aria-label=${this.t("command.refresh")} aria-keyshortcuts="c"
          data-tip="${this.t("command.refresh")}  C" ?disabled=${this.refreshing} @click=${() => this.#refresh(conversation.id)}>${icon("refresh")}</button>
      </h3>
      ${sourcesTemplate(this.app, conversation.context)}
      ${this.#asks()}
      <ot-crm-form .app=${this.app} .conversation=${conversation}></ot-crm-form>
      ${contextTemplate(this.app, conversation.context)}
    </section>`;
  }

  /** What the CRM takes from here. */
  #asks() {
    const { app } = this;
    const asks = ASKS.filter((name) => possible(app, commandNamed(name)));
    return asks.length ? html`<div class="asks">${asks.map((name) => html`<ot-action .app=${app} command=${name} icon=${name}></ot-action>`)}</div>` : "";
  }

  /** @param {any} context */
  #source(context) {
    if (!context) return this.t("context.title");
    return html`${crmName(this.app.words, context.crm)} <span class="muted">· <ot-time .app=${this.app} .at=${context.as_of}></ot-time></span>`;
  }

  /** @param {string} id */
  async #refresh(id) {
    this.refreshing = true;
    await this.app.actions.refresh(id);
    this.refreshing = false;
  }
}

customElements.define("ot-customer", CustomerPane);
