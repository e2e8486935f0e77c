/** After a call: what came of it, in a word and a few more, for staff. */
import { html } from "../../vendor/lit.js";
import { Part } from "../part.js";

const OUTCOMES = /** @type {const} */ (["solved", "follow_up", "unsolved", "no_contact"]);

export class CallNote extends Part {
  static properties = { phone: { attribute: false }, busy: { state: true } };

  constructor() {
    super();
    /** @type {import("../../calls/phone.js").Phone} */
    this.phone = /** @type {any} */ (undefined);
    this.busy = false;
  }

  render() {
    return html`<form class="call-note" @submit=${this.#submitted}>
      <fieldset>
        <legend>${this.t("call.note.outcome")}</legend>
        ${OUTCOMES.map((it, i) => html`<label><input type="radio" name="outcome" value=${it} ?checked=${i === 0} /> ${this.t(`call.outcome.${it}`)}</label>`)}
      </fieldset>
      <label>${this.t("call.note.text")}<textarea name="text" rows="2" maxlength="4000" dir="auto"></textarea></label>
      <div class="form-buttons">
        <button type="button" class="button" @click=${() => this.phone.dismiss()}>${this.t("call.note.skip")}</button>
        <button type="submit" class="button primary" ?disabled=${this.busy}>${this.t("call.note.save")}</button>
      </div>
    </form>`;
  }

  /** @param {SubmitEvent} event */
  async #submitted(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    this.busy = true;
    const kept = await this.phone.ask("call.note", { outcome: form.get("outcome"), text: String(form.get("text")).trim() });
    this.busy = false;
    if (kept) this.phone.dismiss(); // else the pane says why, and the words stay
  }
}

customElements.define("ot-call-note", CallNote);
