/** The list of conversations of one view. It lights up what arrives and never moves a row under the pointer. */
import { html, nothing, repeat } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { VIEWS } from "../place.js";
import { rowTemplate } from "./row.js";

const SKELETON_AFTER = 200;

export class InboxList extends Part {
  static properties = { slow: { state: true } };

  constructor() {
    super();
    /** Has loading taken so long that a skeleton says more than an empty pane? */
    this.slow = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  watches() {
    const { inbox, place, session, presence, line, clock } = this.app;
    return [inbox, place, session, presence, line, inbox.anyLit ? clock.seconds : clock.minutes];
  }

  connectedCallback() {
    super.connectedCallback();
    this.timer = setTimeout(() => (this.slow = true), SKELETON_AFTER);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  render() {
    const { inbox, place } = this.app;
    const moving = inbox.waitingToMove(place.view);
    return html`<header class="pane-head">
        <h1>${this.t(`view.${place.view}`)}</h1>
        <span class="grow"></span>
        <button type="button" class="button bare" aria-label=${this.t("command.palette")} aria-keyshortcuts="Control+K"
          data-tip="${this.t("command.palette")}  Ctrl K" @click=${() => this.app.open("palette")}>${icon("search")}</button>
      </header>
      ${this.#tabs()}
      <div class="rows" @pointermove=${this.#hold} @pointerleave=${this.#release}>
        ${moving ? html`<button type="button" class="pill" @click=${this.#release}>${this.t("inbox.more", { n: moving })}</button>` : ""}
        ${this.#rows()}
      </div>`;
  }

  /** On narrow screens the views stand above the list. */
  #tabs() {
    const { inbox, place } = this.app;
    return html`<nav class="view-tabs" aria-label=${this.t("views.label")}>
      ${VIEWS.map((view) => html`<a href="#/${view}" aria-current=${place.view === view ? "page" : "false"}
        >${this.t(`view.${view}`)}${inbox.counts[view]
          ? html`<span class="count tabular">${inbox.counts[view] > 99 ? "99+" : inbox.counts[view]}</span>`
          : ""}</a>`)}
    </nav>`;
  }

  #rows() {
    const { inbox, place } = this.app;
    if (!inbox.loaded(place.view)) return this.slow ? skeleton(this.t("loading")) : nothing;
    const rows = inbox.rows(place.view);
    if (!rows.length) return this.#empty();
    return html`<ul aria-label=${this.t("inbox.label", { view: this.t(`view.${place.view}`) })}>
      ${repeat(rows, (row) => row.conversation, (row) => html`<li>${rowTemplate(this.app, row)}</li>`)}
    </ul>`;
  }

  #empty() {
    const { place, presence, line } = this.app;
    const away = presence.status !== "available" && !presence.missed && place.view === "mine" && line.state === "open";
    return html`<div class="empty">
      <p>${this.t(`inbox.empty.${place.view}`)}</p>
      ${away
        ? html`<p class="muted">${this.t("inbox.away")}</p>
            <button type="button" class="button primary" @click=${() => this.app.actions.setPresence("available")}>${this.t("presence.go")}</button>`
        : ""}
    </div>`;
  }

  /** @param {PointerEvent} event */
  #hold(event) {
    // A finger has no place between taps; only a pointer that rests on the list can be led astray.
    if (event.pointerType === "mouse") this.app.inbox.hold(this.app.place.view);
  }

  #release() {
    this.app.inbox.release();
  }
}

/** @param {string} label */
export function skeleton(label) {
  return html`<div class="skeleton" role="status" aria-label=${label}>${[1, 2, 3, 4, 5].map(() => html`<div></div>`)}</div>`;
}

customElements.define("ot-inbox", InboxList);
