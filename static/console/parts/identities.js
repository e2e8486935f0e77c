/** The customer's addresses, each with its proof, and an agent's word for those that are only claimed. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { shortValue } from "../people.js";
import { better, proofName } from "../proof.js";

const VERIFIABLE = ["email", "phone"];

export class Identities extends Part {
  static properties = { row: { attribute: false }, adding: { state: true }, busy: { state: true } };

  constructor() {
    super();
    /** @type {import("../order.js").Row} */
    this.row = /** @type {any} */ (undefined);
    this.adding = false;
    this.busy = false;
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (changed.has("row") && changed.get("row")?.conversation !== this.row.conversation) this.adding = false;
  }

  render() {
    const known = this.row.identities;
    return html`<section class="block">
      <h3>${this.t("identities.title")}</h3>
      ${known.length ? html`<ul class="identities">${known.map((it) => this.#identity(it))}</ul>` : html`<p class="muted">${this.t("identities.none")}</p>`}
      ${this.adding ? this.#form() : html`<button type="button" class="button quiet" @click=${this.#begin}>${this.t("verify.add")}</button>`}
    </section>`;
  }

  /** @param {import("../order.js").Row["identities"][number]} it */
  #identity(it) {
    const proof = proofName(it.proof);
    const proven = better(proof, "agent_word");
    return html`<li>
      <span class="muted kind">${this.t(`identity.${it.kind}`)}</span>
      <bdi title=${it.value}>${shortValue(it)}</bdi>
      <span class="proof ${proven ? "ok" : proof === "claim" ? "warn" : ""}" title=${this.t(`proof.${proof}.hint`)}>${proven ? icon("proven") : ""}${this.t(`proof.${proof}`)}</span>
      ${proof === "claim" && VERIFIABLE.includes(it.kind)
        ? html`<button type="button" class="button quiet" ?disabled=${this.busy} @click=${() => this.#verify(it.kind, it.value)}>${this.t("verify.do")}</button>`
        : ""}
    </li>`;
  }

  #form() {
    return html`<form class="inline-form" @submit=${this.#submit}>
      <label class="grow">${this.t("verify.address")}
        <input name="address" required minlength="3" maxlength="200" dir="auto" autocomplete="off" placeholder=${this.t("verify.hint")} />
      </label>
      <p class="muted">${this.t("verify.means")}</p>
      <div class="form-buttons">
        <button type="button" class="button quiet" @click=${() => (this.adding = false)}>${this.t("cancel")}</button>
        <button class="button" ?disabled=${this.busy}>${this.t("verify.submit")}</button>
      </div>
    </form>`;
  }

  async #begin() {
    this.adding = true;
    await this.updateComplete;
    this.querySelector("input")?.focus();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const value = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("address")).trim();
    const done = await this.#verify(value.includes("@") ? "email" : "phone", value);
    if (done) this.adding = false;
  }

  /** @param {string} kind @param {string} value */
  async #verify(kind, value) {
    this.busy = true;
    const done = await this.app.actions.verify(this.row.conversation, /** @type {any} */ (kind), value);
    this.busy = false;
    return done;
  }
}

customElements.define("ot-identities", Identities);
