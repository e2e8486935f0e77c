/** Joining two conversations of one person: this one's id to copy, another's to paste. Undo stands in the toast. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { customerName } from "../people.js";

export class Merge extends Part {
  static properties = { row: { attribute: false }, into: { state: true }, busy: { state: true } };

  constructor() {
    super();
    /** @type {import("../order.js").Row} */
    this.row = /** @type {any} */ (undefined);
    this.into = "";
    this.busy = false;
  }

  /** @param {Map<string, any>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (changed.has("row") && changed.get("row")?.conversation !== this.row.conversation) this.into = "";
  }

  render() {
    const { row } = this;
    return html`<section class="block">
      <h3>${this.t("merge.title")}</h3>
      <p class="own-id"><code class="clip grow">${row.conversation}</code>
        <button type="button" class="button bare quiet" aria-label=${this.t("merge.copy")} data-tip=${this.t("merge.copy")} @click=${this.#copy}>${icon("copy")}</button></p>
      ${row.absorbed.map((it) => html`<p class="own-id"><span class="muted grow clip">${this.t("merge.absorbed", { id: it.source })}</span>
        <button type="button" class="button quiet" @click=${() => this.app.actions.unmerge(it.source)}>${this.t("merge.undo")}</button></p>`)}
      ${row.merged_into
        ? html`<p class="muted">${this.t("thread.merged")}</p><button type="button" class="button" @click=${() => this.app.actions.unmerge(row.conversation)}>${this.t("merge.undo")}</button>`
        : this.#form()}
    </section>`;
  }

  #form() {
    const into = this.into.trim();
    const known = into && this.app.inbox.row(into);
    return html`<form class="inline-form" @submit=${this.#submit}>
      <label>${this.t("merge.into")}
        <input name="into" required maxlength="64" pattern="[A-Za-z0-9_.:\\-]+" autocomplete="off" spellcheck="false" .value=${this.into}
          @input=${(/** @type {any} */ event) => (this.into = event.target.value)} placeholder=${this.t("merge.hint")} />
      </label>
      ${into ? html`<p class="muted" dir="auto">${known ? this.t("merge.means", { name: customerName(this.app.words, known.customer) }) : this.t("merge.means.unknown")}</p>
          <div class="form-buttons"><button class="button" ?disabled=${this.busy || into === this.row.conversation}>${this.t("merge.submit")}</button></div>` : ""}
    </form>`;
  }

  async #copy() {
    const done = await navigator.clipboard.writeText(this.row.conversation).then(
      () => true,
      () => false, // the browser forbids it: the id can be selected by hand
    );
    if (done) this.app.toasts.say(this.t("said.copied"));
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    this.busy = true;
    if (await this.app.actions.merge(this.row.conversation, this.into.trim())) this.into = "";
    this.busy = false;
  }
}

customElements.define("ot-merge", Merge);
