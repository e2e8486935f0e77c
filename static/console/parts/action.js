/** A button for a command: its words, its key in the tooltip, off when the command can't be done now. */
import { html } from "../../vendor/lit.js";
import { commandNamed } from "../commands.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";

export class Action extends Part {
  static properties = { command: { type: String }, icon: { type: String }, bare: { type: Boolean }, kind: { type: String } };

  constructor() {
    super();
    this.command = "";
    this.icon = "";
    /** Only the icon is seen; the words are the tooltip. */
    this.bare = false;
    /** @type {"" | "primary" | "quiet"} */
    this.kind = "";
  }

  render() {
    const command = commandNamed(this.command);
    const label = this.t(`command.${command.name}`);
    const tip = command.key ? `${label}  ${command.key.toUpperCase()}` : label;
    return html`<button
      type="button"
      class="button ${this.kind} ${this.bare ? "bare" : ""}"
      data-tip=${tip}
      aria-label=${this.bare ? label : null}
      aria-keyshortcuts=${command.key ?? null}
      @click=${() => command.run(this.app)}
    >
      ${this.icon ? icon(/** @type {any} */ (this.icon)) : ""}${this.bare ? "" : html`<span>${label}</span>`}
    </button>`;
  }
}

customElements.define("ot-action", Action);
