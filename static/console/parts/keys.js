/** The list of keys, from the same commands that the buttons use. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";

const GROUPS = /** @type {const} */ (["go", "conversation", "call", "desk"]);
const WRITING = [
  ["Enter", "keys.send"],
  ["Shift Enter", "keys.break"],
  ["Ctrl B", "keys.bold"],
  ["Ctrl I", "keys.italic"],
  ["Esc", "keys.escape"],
];

export class KeyList extends Part {
  watches() {
    return [this.app.overlay, this.app.settings];
  }

  updated() {
    const dialog = /** @type {HTMLDialogElement | null} */ (this.querySelector("dialog"));
    const wanted = this.app.overlay.shown === "keys";
    if (wanted && !dialog?.open) dialog?.showModal();
    if (!wanted && dialog?.open) dialog.close();
  }

  render() {
    return html`<dialog class="dialog" aria-labelledby="keys-title" @close=${(/** @type {Event} */ event) => this.app.overlay.closed("keys", event)}>
      <header class="dialog-head">
        <h2 id="keys-title">${this.t("keys.title")}</h2>
        <button type="button" class="button bare quiet" aria-label=${this.t("close")} @click=${() => this.app.overlay.show("")}>${icon("close")}</button>
      </header>
      <div class="key-groups">
        ${GROUPS.filter((group) => this.#of(group).length).map((group) => this.#group(this.t(`keys.group.${group}`), this.#of(group)))}
        ${this.#group(this.t("keys.group.write"), WRITING.map(([key, text]) => [key, this.t(text)]))}
      </div>
      <label class="check">
        <input type="checkbox" .checked=${this.app.settings.wishes.keys}
          @change=${(/** @type {any} */ event) => this.app.settings.set({ keys: event.target.checked })} />
        ${this.t("keys.single")}
      </label>
    </dialog>`;
  }

  /** @param {string} group @returns {string[][]} */
  #of(group) {
    const listed = this.app.commands.filter((it) => it.group === group && it.key);
    return listed.map((it) => [it.name === "palette" ? "Ctrl K" : String(it.key).toUpperCase(), this.t(`command.${it.name}`)]);
  }

  /** @param {string} title @param {string[][]} rows */
  #group(title, rows) {
    return html`<section>
      <h3>${title}</h3>
      <dl>${rows.map(([key, text]) => html`<div><dt>${key.split(" ").map((it) => html`<kbd>${it}</kbd>`)}</dt><dd>${text}</dd></div>`)}</dl>
    </section>`;
  }
}

customElements.define("ot-keys", KeyList);
