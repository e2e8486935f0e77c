/** Asking an expert into a call: a colleague, a skill, or somebody outside by a link; and what they are shown. */
import { html, live } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { of } from "../presence.js";
import { clockTime } from "../times.js";

/** @typedef {"agent" | "skill" | "link"} Way */

const PARTS = /** @type {const} */ (["customer", "orders", "products", "tickets"]);
/** How many of the newest messages are shown; 0 = none. */
const LAST = [0, 1, 5, 20];

export class Expert extends Part {
  static properties = { phone: { attribute: false }, way: { state: true }, told: { state: true }, made: { state: true }, problem: { state: true }, busy: { state: true }, copied: { state: true } };

  constructor() {
    super();
    /** @type {import("../../calls/phone.js").Phone} */
    this.phone = /** @type {any} */ (undefined);
    /** @type {Way} */
    this.way = "agent";
    /** Is the briefing shown to them? */
    this.told = true;
    /** A link that was made: it is there once. @type {{link: string, until: number, name: string} | null} */
    this.made = null;
    this.problem = "";
    this.busy = false;
    this.copied = false;
  }

  watches() {
    return [this.app.presence];
  }

  show() {
    this.made = null;
    this.problem = "";
    this.copied = false;
    this.querySelector("form")?.reset();
    this.#choose(this.#colleagues.length ? "agent" : "link");
    this.requestUpdate(); // the form's reset took the marks off what was chosen before, too
    this.updateComplete.then(() => this.#dialog.showModal());
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  get #conversation() {
    return this.app.conversations.get(this.phone.conversation);
  }

  /** Who is there, and not in it already. */
  get #colleagues() {
    const fact = this.phone.fact;
    const inside = [...(fact?.parties ?? []), ...(fact?.invited ?? [])].map((it) => it.party);
    return this.app.presence.colleagues.filter((it) => of(it.status) !== "offline" && !inside.includes(`agent:${it.id}`));
  }

  get #skills() {
    return [...new Set(this.app.presence.colleagues.flatMap((it) => it.skills ?? []))].sort();
  }

  render() {
    return html`<dialog class="dialog expert" aria-labelledby="expert-title">
      <h2 id="expert-title">${this.t(this.made ? "expert.made" : "expert.title")}</h2>
      ${this.made ? this.#link(this.made) : this.#form()}
    </dialog>`;
  }

  #form() {
    return html`<form @submit=${this.#ask}>
      <fieldset><legend>${this.t("expert.whom")}</legend>
        ${this.#colleagues.length ? this.#wayChoice("agent") : ""}${this.#skills.length ? this.#wayChoice("skill") : ""}${this.#wayChoice("link")}
        ${this.#who()}
      </fieldset>
      <fieldset><legend>${this.t("expert.shown")}</legend>
        <label class="tick"><input type="checkbox" .checked=${live(this.told)} @change=${(/** @type {any} */ { target }) => (this.told = target.checked)} /> ${this.t("expert.briefing")}</label>
        <textarea name="briefing" rows="4" maxlength="4000" dir="auto" aria-label=${this.t("expert.briefing")} ?disabled=${!this.told} .defaultValue=${this.#conversation?.brief?.d.summary ?? ""}></textarea>
        <label>${this.t("expert.thread")}<select name="last">${LAST.map((n) => html`<option value=${n}>${this.t(n ? "expert.last" : "expert.last.none", { n })}</option>`)}</select></label>
        ${PARTS.map((it) => html`<label class="tick"><input type="checkbox" name="shown" value=${it} /> ${this.t(`expert.part.${it}`)}</label>`)}
      </fieldset>
      ${this.way === "link" ? html`<p class="muted">${this.t("expert.outside")}</p>` : ""}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : ""}
      <div class="form-buttons">
        <button type="button" class="button" @click=${() => this.#dialog.close()}>${this.t("cancel")}</button>
        <button type="submit" class="button primary" ?disabled=${this.busy}>${this.t(this.way === "link" ? "expert.make" : "expert.ask")}</button>
      </div>
    </form>`;
  }

  /** @param {Way} way */
  #wayChoice(way) {
    return html`<label class="tick"><input type="radio" name="way" value=${way} .checked=${live(this.way === way)} @change=${() => this.#choose(way)} /> ${this.t(`expert.way.${way}`)}</label>`;
  }

  /** Nothing of the customer's leaves the house unless it was ticked. @param {Way} way */
  #choose(way) {
    this.way = way;
    this.told = way !== "link";
  }

  #who() {
    if (this.way === "agent") return html`<label>${this.t("expert.agent")}<select name="agent">${this.#colleagues.map((it) => html`<option value=${it.id}>${it.name}</option>`)}</select></label>`;
    if (this.way === "skill") return html`<label>${this.t("expert.skill")}<select name="skill">${this.#skills.map((it) => html`<option>${it}</option>`)}</select></label>`;
    return html`<label>${this.t("expert.name")}<input type="text" name="name" required maxlength="120" autocomplete="off" dir="auto" /></label>`;
  }

  /** @param {{link: string, until: number, name: string}} made */
  #link({ link, until, name }) {
    return html`<p>${this.t("expert.made.how", { name, time: clockTime(this.app.words, until) })}</p>
      <label>${this.t("expert.link")}<input type="text" readonly .value=${link} @focus=${(/** @type {any} */ { target }) => target.select()} /></label>
      <p class="muted">${this.t("expert.made.once")}</p>
      <div class="form-buttons">
        <button type="button" class="button primary" @click=${() => this.#copy(link)}>${icon("copy")}<span role="status">${this.t(this.copied ? "expert.copied" : "expert.copy")}</span></button>
        <button type="button" class="button" @click=${() => this.#dialog.close()}>${this.t("expert.done")}</button>
      </div>`;
  }

  /** @param {string} link */
  async #copy(link) {
    try {
      await navigator.clipboard.writeText(link);
      this.copied = true;
    } catch {
      /** @type {any} */ (this.querySelector("input[readonly]"))?.focus(); // selected: the keyboard copies it
    }
  }

  /** The seq of the first message that is shown, 0 = none. @param {number} last */
  #since(last) {
    const said = (this.#conversation?.events ?? []).filter((it) => it.type === "message.created" && it.conversation === this.phone.conversation);
    return last ? (said.slice(-last)[0]?.seq ?? 0) : 0;
  }

  /** @param {SubmitEvent} event */
  #ask = async (event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const text = (/** @type {string} */ name) => String(form.get(name) ?? "").trim();
    const d = { call: this.phone.fact?.id, briefing: this.told ? text("briefing") : "", since: this.#since(Number(text("last"))), shown: form.getAll("shown"), [this.way === "link" ? "name" : this.way]: text(this.way === "link" ? "name" : this.way) };
    this.busy = true;
    try {
      const told = await this.phone.signals.ask(this.way === "link" ? "call.link" : "call.invite", d);
      if (this.way === "link") this.made = { link: location.origin + told.link, until: told.until, name: text("name") };
      else this.#dialog.close();
      this.problem = "";
    } catch (/** @type {any} */ why) {
      this.problem = why.code === "not_found" && this.way === "skill" ? this.t("expert.nobody") : this.app.errors.sentence(why);
    }
    this.busy = false;
  };
}

customElements.define("ot-expert", Expert);
