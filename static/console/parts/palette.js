/** Ctrl/⌘ K: find a person, a view or a command by a few letters, and any customer by their whole address. */
import { html, live, nothing } from "../../vendor/lit.js";
import { possible } from "../commands.js";
import { Part } from "../part.js";
import { customerName } from "../people.js";

/** @typedef {{label: string, sub: string, key?: string, run: () => void, text: string}} Found */

const MOST = 12;
/** The hub is asked for a text at least so long, when typing has paused for so many ms. */
const LEAST = 5;
const PAUSE = 250;

export class Palette extends Part {
  static properties = { typed: { state: true }, at: { state: true }, found: { state: true } };

  constructor() {
    super();
    this.typed = "";
    this.at = 0;
    /** Whom the hub knows by exactly what was typed. @type {import("../order.js").Row[]} */
    this.found = [];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  watches() {
    return [this.app.overlay];
  }

  updated() {
    const dialog = /** @type {HTMLDialogElement | null} */ (this.querySelector("dialog"));
    const wanted = this.app.overlay.shown === "palette";
    if (wanted && dialog && !dialog.open) {
      this.typed = "";
      this.found = [];
      this.at = 0;
      dialog.showModal();
    }
    if (!wanted && dialog?.open) dialog.close();
    this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  render() {
    const shown = this.app.overlay.shown === "palette";
    const found = shown ? this.#found() : [];
    return html`<dialog class="dialog palette" aria-label=${this.t("command.palette")}
      @close=${(/** @type {Event} */ event) => this.app.overlay.closed("palette", event)} @click=${this.#outside}>
      <input type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list"
        aria-activedescendant=${found.length ? `palette-${this.at}` : nothing}
        aria-label=${this.t("command.palette")} placeholder=${this.t("palette.hint")} autocomplete="off" spellcheck="false" dir="auto"
        .value=${live(this.typed)} @input=${this.#type} @keydown=${(/** @type {KeyboardEvent} */ event) => this.#key(event, found)} />
      <ul id="palette-list" role="listbox" aria-label=${this.t("palette.results")}>
        ${found.map((it, i) => this.#option(it, i))}
      </ul>
      ${shown && !found.length ? html`<p class="muted empty" role="status">${this.t("palette.none")}</p>` : ""}
    </dialog>`;
  }

  /** @param {Found} it @param {number} i */
  #option(it, i) {
    return html`<li id="palette-${i}" role="option" aria-selected=${i === this.at} @click=${() => this.#run(it)} @pointermove=${() => (this.at = i)}>
      <span class="clip" dir="auto">${it.label}</span><span class="muted clip grow" dir="auto">${it.sub}</span>${it.key ? html`<kbd>${it.key.toUpperCase()}</kbd>` : ""}
    </li>`;
  }

  /** @returns {Found[]} */
  #found() {
    const typed = this.typed.trim().toLowerCase();
    const people = this.#people().filter((it) => matches(it.text, typed));
    const commands = this.#commands().filter((it) => matches(it.text, typed));
    return [...this.found.map((row) => this.#person(row)), ...people.slice(0, typed ? MOST : 5), ...commands].slice(0, MOST);
  }

  /** @returns {Found[]} */
  #people() {
    const { inbox, conversations } = this.app;
    const rows = new Map([...conversations.rows(), ...inbox.all()].map((row) => [row.conversation, row]));
    for (const row of this.found) rows.delete(row.conversation);
    return [...rows.values()].map((row) => this.#person(row));
  }

  /** @param {import("../order.js").Row} row @returns {Found} */
  #person(row) {
    const { conversations, words, place } = this.app;
    const name = customerName(words, row.customer);
    const { orders = [], tickets = [] } = conversations.get(row.conversation)?.context ?? {};
    const known = [...row.identities.map((it) => it.value), ...[...orders, ...tickets].map((it) => it.number)];
    return {
      label: name,
      sub: row.last?.text ?? "",
      text: [name, row.conversation, row.last?.text, ...known, ...row.tags].join(" ").toLowerCase(),
      run: () => place.go({ conversation: row.conversation }),
    };
  }

  /** @returns {Found[]} */
  #commands() {
    return this.app.commands.filter((it) => !it.hidden && possible(this.app, it)).map((it) => {
      const label = this.t(`command.${it.name}`);
      return { label, sub: "", key: it.key, text: `${label} ${it.name}`.toLowerCase(), run: () => it.run(this.app) };
    });
  }

  /** @param {InputEvent} event */
  #type(event) {
    this.typed = /** @type {HTMLInputElement} */ (event.target).value;
    this.at = 0;
    this.found = [];
    clearTimeout(this.timer);
    const text = this.typed.trim();
    if (text.length >= LEAST) this.timer = setTimeout(() => void this.#ask(text), PAUSE);
  }

  /** An order's number finds nobody here who is not on this page: the CRM has it, the hub has not. @param {string} text */
  async #ask(text) {
    const found = await this.app.actions.find(text);
    if (text === this.typed.trim()) this.found = found;
  }

  /** @param {KeyboardEvent} event @param {Found[]} found */
  #key(event, found) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") this.at = Math.min(this.at + 1, found.length - 1);
    else if (event.key === "ArrowUp") this.at = Math.max(this.at - 1, 0);
    else if (event.key === "Enter" && found[this.at]) this.#run(/** @type {Found} */ (found[this.at]));
    else return;
    event.preventDefault();
  }

  /** @param {Found} it */
  #run(it) {
    this.app.overlay.show("");
    // After the dialog has given the focus back, or it would take it from where the command puts it.
    this.updateComplete.then(() => it.run());
  }

  /** @param {MouseEvent} event */
  #outside(event) {
    if (event.target === this.querySelector("dialog")) this.app.overlay.show("");
  }
}

/** Each typed word stands somewhere in it. @param {string} text @param {string} typed */
function matches(text, typed) {
  return typed.split(/\s+/).every((word) => text.includes(word));
}

customElements.define("ot-palette", Palette);
