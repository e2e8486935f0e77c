/** A button that opens a menu: arrow keys, Home, End, Escape; focus comes back to the button. */
import { html, nothing } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";

/** @typedef {{label: string, sub?: string, mark?: string, checked?: boolean, heading?: boolean, off?: boolean, run?: () => void}} Item */

export class Menu extends Part {
  static properties = {
    label: { type: String },
    key: { type: String },
    icon: { type: String },
    bare: { type: Boolean },
    up: { type: Boolean },
    items: { attribute: false },
    opening: { attribute: false },
    open: { state: true },
  };

  constructor() {
    super();
    this.label = "";
    this.key = "";
    this.icon = "";
    this.bare = false;
    /** Opens upwards, for a button at the foot of the page. */
    this.up = false;
    /** Asked when the menu opens, so that it is never stale. @type {() => Item[]} */
    this.items = () => [];
    /** Told when it opens. @type {(() => void) | undefined} */
    this.opening = undefined;
    this.open = false;
    this.addEventListener("focusout", (event) => this.#left(event));
    this.addEventListener("keydown", (event) => this.open && this.#key(event));
  }

  watches() {
    // Who is here, and how busy, may change while the menu is open.
    return this.open ? [this.app.presence] : [];
  }

  async show() {
    this.open = true;
    this.opening?.();
    await this.updateComplete;
    const entries = this.#entries();
    (entries.find((it) => it.ariaDisabled !== "true") ?? entries[0])?.focus();
  }

  /** @param {boolean} back does the focus go back to the button? */
  hide(back) {
    this.open = false;
    if (back) this.querySelector("button")?.focus();
  }

  render() {
    return html`<button
        type="button"
        class="button ${this.bare ? "bare" : ""}"
        data-tip=${this.open ? nothing : this.key ? `${this.label}  ${this.key.toUpperCase()}` : this.label}
        aria-label=${this.bare ? this.label : nothing}
        aria-keyshortcuts=${this.key || nothing}
        aria-haspopup="menu"
        aria-expanded=${this.open}
        @click=${() => (this.open ? this.hide(true) : this.show())}
      >
        ${icon(/** @type {any} */ (this.icon))}${this.bare ? "" : html`<span>${this.label}</span>`}
      </button>
      ${this.open ? html`<div class="menu ${this.up ? "up" : ""}" role="menu" aria-label=${this.label}>${this.items().map((it) => this.#item(it))}</div>` : ""}`;
  }

  /** @param {Item} item */
  #item(item) {
    if (item.heading) return html`<div class="menu-heading" role="presentation">${item.label}</div>`;
    return html`<button
      type="button"
      class="menu-item"
      role=${item.checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked=${item.checked ?? nothing}
      aria-disabled=${item.off ? "true" : nothing}
      tabindex="-1"
      @click=${() => this.#choose(item)}
    >
      ${item.mark ? html`<span class="dot ${item.mark}"></span>` : ""}<span class="grow clip" dir="auto">${item.label}</span
      >${item.sub ? html`<span class="muted tabular">${item.sub}</span>` : ""}${item.checked ? icon("resolve") : ""}
    </button>`;
  }

  /** @param {Item} item */
  #choose(item) {
    if (item.off) return;
    this.hide(true);
    item.run?.();
  }

  /** @returns {HTMLElement[]} */
  #entries() {
    return [.../** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".menu-item"))];
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const entries = this.#entries();
    const at = entries.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to !== undefined) entries.at(to % entries.length)?.focus();
    else if (event.key === "Escape") this.hide(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {FocusEvent} event */
  #left(event) {
    if (this.open && !this.contains(/** @type {Node | null} */ (event.relatedTarget))) this.open = false;
  }
}

customElements.define("ot-menu", Menu);
