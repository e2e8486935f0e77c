/** A form for the CRM beside the thread: a ticket, a change of one, a to-do, a lead, the customer's fields. */
import { html, nothing } from "../../vendor/lit.js";
import { becomes, fields, sent } from "../asks.js";
import { openRow } from "../commands.js";
import { Part } from "../part.js";
import { crmName } from "../people.js";

export class CrmForm extends Part {
  static properties = { conversation: { attribute: false }, busy: { state: true }, problem: { state: true } };

  constructor() {
    super();
    /** @type {import("../conversation.js").Conversation} */
    this.conversation = /** @type {any} */ (undefined);
    this.busy = false;
    /** What is wrong with it, in words. */
    this.problem = "";
    this.shown = "";
  }

  watches() {
    return [this.app.form, this.conversation];
  }

  get #open() {
    const { form } = this.app;
    return form.conversation === this.conversation.id && this.conversation.context && openRow(this.app) ? form.kind : "";
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (this.#shows !== this.shown) this.problem = "";
  }

  updated() {
    if (this.shown === this.#shows) return;
    this.shown = this.#shows;
    const first = /** @type {HTMLElement | null} */ (this.querySelector("input, textarea, select"));
    first?.focus();
    first?.closest("form")?.scrollIntoView({ block: "nearest" });
  }

  get #shows() {
    return this.#open ? `${this.conversation.id}:${this.#open}:${this.app.form.about?.number ?? ""}` : "";
  }

  render() {
    const kind = this.#open;
    if (!kind) return nothing;
    const { app } = this;
    const context = this.conversation.context;
    const row = /** @type {import("../order.js").Row} */ (openRow(app));
    const instead = becomes(kind, context);
    const crm = crmName(app.words, context.crm);
    return html`<form class="inline-form crm-form" aria-labelledby="crm-form-title" @submit=${this.#submit} @input=${this.#keep} @keydown=${this.#key}>
      <h4 id="crm-form-title">${this.t(`ask.${kind}`, { number: app.form.about?.number })}</h4>
      ${instead ? html`<p class="strip">${this.t(`ask.becomes.${instead}`, { crm })}</p>` : ""}
      ${fields(kind, context, row, app.clock.now()).map((it) => this.#field(it))}
      ${kind === "edit" || (kind === "ticket" && !instead) ? html`<p class="muted small">${this.t(`ask.${kind}.hint`, { crm })}</p>` : ""}
      <p class="problem" role="alert">${this.problem}</p>
      <div class="form-buttons">
        <button type="button" class="button quiet" @click=${() => app.form.close()}>${this.t("cancel")}</button>
        <button class="button primary" ?disabled=${this.busy}>${this.t(`ask.${kind}.do`)}</button>
      </div>
    </form>`;
  }

  /** @param {import("../asks.js").Field} it */
  #field(it) {
    const value = this.app.form.typed[it.name] ?? it.value ?? "";
    return html`<label>${it.said ?? this.t(it.label)}${this.#input(it, value)}</label>`;
  }

  /** @param {import("../asks.js").Field} it @param {string} value */
  #input(it, value) {
    const { name, most, needed = false } = it;
    if (it.as === "choice")
      return html`<select name=${name}>
        ${it.choices?.map((each) => html`<option value=${each} ?selected=${each === value}>${this.#choice(it, each)}</option>`)}
      </select>`;
    if (it.as === "lines") return html`<textarea name=${name} rows="3" maxlength=${most ?? nothing} dir="auto" .value=${value}></textarea>`;
    const type = it.as === "time" ? "datetime-local" : "text";
    return html`<input name=${name} type=${type} maxlength=${most ?? nothing} ?required=${needed} dir="auto" autocomplete="off" .value=${value} />`;
  }

  /** @param {import("../asks.js").Field} it @param {string} value */
  #choice({ words }, value) {
    if (!value) return this.t(words ? "ask.unchanged" : "ask.no_order");
    return words ? this.t(`${words}.${value}`) : value;
  }

  /** @returns {Record<string, string>} */
  get #texts() {
    const form = /** @type {HTMLFormElement} */ (this.querySelector("form"));
    return /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
  }

  #keep() {
    this.app.form.keep(this.#texts);
    this.problem = "";
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    event.preventDefault();
    this.app.form.close();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const { form, actions } = this.app;
    const kind = /** @type {import("../form.js").Kind} */ (this.#open);
    const d = sent(kind, this.#texts, this.conversation.context, form.about);
    if (!d) return void (this.problem = this.t("ask.nothing"));
    this.busy = true;
    const { shown } = this;
    const done = await actions.askCrm(kind, this.conversation.id, d);
    this.busy = false;
    if (done && this.shown === shown) form.close();
  }
}

customElements.define("ot-crm-form", CrmForm);
