/** The conversation's tags: add one, take one off (with undo). */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";

export class Tags extends Part {
  static properties = { row: { attribute: false } };

  constructor() {
    super();
    /** @type {import("../order.js").Row} */
    this.row = /** @type {any} */ (undefined);
  }

  render() {
    return html`<section class="block">
      <h3>${this.t("tags.title")}</h3>
      <div class="tags">
        ${this.row.tags.map((tag) => this.#tag(tag))}
        <form @submit=${this.#add}>
          <input name="tag" maxlength="40" required dir="auto" autocomplete="off" size="10" aria-label=${this.t("tags.add")} placeholder=${this.t("tags.add")} />
        </form>
      </div>
    </section>`;
  }

  /** @param {string} tag */
  #tag(tag) {
    return html`<span class="tag" dir="auto">${tag}<button type="button" aria-label=${this.t("tags.remove", { tag })}
      @click=${() => this.app.actions.untag(this.row.conversation, tag)}>${icon("close")}</button></span>`;
  }

  /** @param {SubmitEvent} event */
  async #add(event) {
    event.preventDefault();
    const input = /** @type {HTMLInputElement} */ (this.querySelector("input"));
    const tag = input.value.trim();
    if (tag && (await this.app.actions.tag(this.row.conversation, tag))) input.value = "";
  }
}

customElements.define("ot-tags", Tags);
