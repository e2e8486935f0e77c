// <ot-guest>: what a guest sees. First what it is about and whether they come; then the call; then that it is over.

import { LitElement, html, nothing } from "../vendor/lit.js";
import { callView } from "./call.js";
import { cardView, threadView } from "./shown.js";
import "./preview.js";

/** Why it is over for who had come, or said no; else it never began. */
const ENDED = ["left", "declined", "ended"];

/** Give it `guest` and `words`. */
export class GuestPage extends LitElement {
  static properties = { guest: { attribute: false }, words: { attribute: false }, silent: { state: true }, busy: { state: true } };

  constructor() {
    super();
    /** @type {import("./guest.js").Guest} */
    this.guest = /** @type {any} */ (undefined);
    /** @type {import("./words.js").Words} */
    this.words = /** @type {any} */ (undefined);
    /** The browser plays nothing before a touch. */
    this.silent = false;
    this.busy = false;
    /** @type {any} */
    this.watched = null;
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    setInterval(() => this.guest?.phone?.stage === "live" && this.requestUpdate(), 1_000);
  }

  render() {
    const { guest, words } = this;
    if (!guest || !words) return nothing;
    if (this.watched !== guest) (this.watched = guest).on("change", () => this.requestUpdate());
    const { stage } = guest;
    return html`<main data-stage=${stage}>
      <p class="unseen" role="status">${stage === "in" ? "" : this.#heading(stage)}</p>
      ${stage === "reading" ? this.#reading() : stage === "in" ? callView(this) : this.#word(stage)}
    </main>`;
  }

  /** @param {string} stage */
  #heading(stage) {
    const { guest, words } = this;
    if (stage === "reading") return words.say("asked", { by: guest.me?.by || words.say("someone") });
    if (stage === "opening") return words.say("opening");
    return words.say(ENDED.includes(guest.why) ? "over" : "title");
  }

  /** @param {string} stage */
  #word(stage) {
    const { guest, words } = this;
    const waits = stage === "opening" && guest.socket.state === "waiting";
    const key = `over.${guest.why}`;
    const said = stage === "over" ? words.say(words.has(key) ? key : "over.other") : words.say(waits ? "opening.waits" : "opening.wait");
    return html`<section class="card word"><h1>${this.#heading(stage)}</h1><p>${said}</p></section>`;
  }

  #reading() {
    const { guest, words } = this;
    const { me, phone } = guest;
    const media = phone?.fact?.media ?? "audio";
    const why = phone?.problem;
    const shown = me?.briefing || Object.keys(me?.card ?? {}).length || guest.lines.length;
    return html`<section class="card">
      <h1 dir="auto">${this.#heading("reading")}</h1>
      <p>${words.say("asked.as", { name: me?.name ?? "" })} ${shown ? words.say("asked.about") : nothing}</p>
      ${me?.briefing ? html`<h2>${words.say("briefing")}</h2><p class="pre" dir="auto">${me.briefing}</p>` : nothing}
      ${cardView(words, me?.card ?? {})}
      ${threadView(words, guest)}
      <h2>${words.say("devices")}</h2>
      <ot-preview .guest=${guest} .words=${words} .media=${media}></ot-preview>
      ${why ? html`<p class="problem" role="alert">${words.say(why.device ? `problem.${why.device}.${why.reason}` : "problem.other")}</p>` : nothing}
      <p class="muted">${words.say("unseen")}</p>
      <div class="choices">
        ${media === "video" ? this.#choice("accept.video", () => guest.accept("video"), "yes") : nothing}
        ${this.#choice(media === "video" ? "accept.audio" : "accept", () => guest.accept("audio"), media === "video" ? "" : "yes")}
        ${this.#choice("decline", () => guest.decline(), "no")}
      </div>
    </section>`;
  }

  /** @param {string} name @param {() => unknown} run */
  #choice(name, run, kind = "") {
    const once = async () => {
      this.busy = true;
      await run();
      this.busy = false;
    };
    return html`<button type="button" class=${kind} ?disabled=${this.busy} @click=${once}>${this.words.say(name)}</button>`;
  }
}

customElements.define("ot-guest", GuestPage);
