// <ot-conversation>: the whole of it — who answers, the thread, quick replies, rating, composer, the line of truth.

import { html, nothing } from "../vendor/lit.js";
import { face } from "./bubble.js";
import "./composer.js";
import { icon } from "./icons.js";
import { rateable, replies } from "./items.js";
import { Part, properties } from "./part.js";
import { truth, who } from "./status.js";
import "./timeline.js";

/** How long (ms) a passing problem is told. */
const TELL = 6_000;

const CANCEL = "handoff_cancel";
const MEDIA = ["audio", "video"];

/** Give it `customer`, `words`, `site` (its name) and `visible`. Fires `leave` when the close button is pressed. */
class Conversation extends Part {
  static properties = {
    ...properties("customer", "words", "site", "visible"),
    closed: { state: true },
    problem: { state: true },
    rating: { state: true },
    calls: { state: true },
  };

  #loading = null;

  connectedCallback() {
    super.connectedCallback();
    for (const type of ["change", "state"]) this.watch(this.customer, type);
    this.watch(this.customer, "state", () => (this.closed = null));
    this.watch(this.customer, "closed", (why) => (this.closed = why));
    for (const type of ["online", "offline"]) this.hear(window, type, () => this.requestUpdate());
    this.hear(this, "keydown", (event) => event.key === "Escape" && !event.isComposing && this.say("leave"));
    this.hear(this, "post", ({ detail }) => this.customer.post({ kind: "text", text: detail }));
    this.hear(this, "problem", () => this.#tell());
    this.hear(this, "scored", () => (this.rating = "scored"));
    this.hear(this, "rated", () => (this.rating = "done"));
  }

  render() {
    const { customer, words } = this;
    return html`${this.#header()}${this.calls?.pane(words)}
      <ot-timeline tabindex="0" .customer=${customer} .words=${words} .visible=${this.visible} .press=${this.#press} .tell=${this.calls?.teller(words)}></ot-timeline>
      ${this.#foot()}
      <ot-composer .customer=${customer} .words=${words}></ot-composer>
      <p id="truth" role="status">${this.#truth()}</p>`;
  }

  focus() {
    this.querySelector("ot-composer")?.focus();
  }

  #header() {
    const { words, customer, site } = this;
    const { kind, title, does, name } = who(customer);
    const person = ["bot", "none"].includes(kind);
    return html`<header class="top">
      ${face({ kind }, name || site)}
      <div><h1 dir="auto">${name || (title ? words.say(title) : site)}</h1><p>${words.say(does, { site })}</p></div>
      ${customer.socket.welcome?.calls ? MEDIA.map((media) => this.#call(media)) : nothing}
      ${person ? html`<button type="button" class="person" aria-label=${words.say("person")} title=${words.say("person")} @click=${this.#person}>${icon("person")}<span>${words.say("person.short")}</span></button>` : nothing}
      <button type="button" class="quiet" aria-label=${words.say("close")} @click=${() => this.say("leave")}>${icon("close")}</button>
    </header>`;
  }

  #call(media) {
    const label = this.words.say(`call.${media}`);
    return html`<button type="button" class="quiet" aria-label=${label} title=${label} ?disabled=${this.calls?.phone?.free === false}
      @click=${() => this.#begin(media)}>${icon(media)}</button>`;
  }

  /** @param {"audio" | "video"} media */
  async #begin(media) {
    const phone = await this.#calls().then((calls) => calls.open()).catch(() => this.#tell());
    if (phone?.free) phone.begin(media);
  }

  /** Loaded when the thread tells of a call, or one begins. */
  #calls() {
    this.#loading ??= import("./call/calls.js").then(({ Calls }) => (this.calls = new Calls(this.customer, () => this.requestUpdate())));
    this.#loading.catch(() => (this.#loading = null));
    return this.#loading;
  }

  /** What can be pressed now. One row: the thread keeps its place when it comes and goes. */
  #foot() {
    const { thread } = this.customer;
    if (!thread) return nothing;
    const buttons = [...replies(thread)];
    const waits = thread.state.owner.kind === "queue" && !buttons.some((button) => button.action === CANCEL);
    if (waits) buttons.push({ label: this.words.say("person.cancel"), action: CANCEL });
    if (buttons.length) {
      return html`<div class="replies" role="group" aria-label=${this.words.say("replies")}>
        ${buttons.map((button) => html`<button type="button" @click=${() => this.#press(button)}>${button.label}</button>`)}
      </div>`;
    }
    // Scored, it stays for a comment, although the log says by now that it was rated.
    const asks = this.rating === "scored" || (this.rating !== "done" && rateable(thread));
    if (asks) import("./rating.js"); // seldom needed, so not among what is loaded first
    return asks ? html`<ot-rating .customer=${this.customer} .words=${this.words}></ot-rating>` : nothing;
  }

  #truth() {
    const said = this.problem ? ["not.now"] : truth(this.customer, this.closed, navigator.onLine);
    if (!said) return nothing;
    return html`<span>${this.words.say(...said)}</span>
      ${this.closed ? html`<button type="button" @click=${() => this.customer.open()}>${this.words.say("retry")}</button>` : nothing}`;
  }

  willUpdate() {
    // A new session will end again, and then be rated again.
    const { thread } = this.customer;
    if (thread?.state.status !== "resolved") this.rating = "";
    if (thread) import("./files/open.js").catch(() => {}); // offline: the next drawing asks again
    if (!this.calls && (thread?.state.call || thread?.events.some(({ type }) => type.startsWith("call.")))) this.#calls().catch(() => {});
  }

  #person() {
    return this.#ask("handoff.request");
  }

  #press = ({ label, value, action }) => {
    if (action === "call_video") this.#begin("video");
    else if (action) this.#ask(action === CANCEL ? "handoff.cancel" : "handoff.request");
    else this.customer.post({ kind: "text", text: value || label });
  };

  /** @param {string} type */
  async #ask(type) {
    await this.customer.socket.request(type).catch(() => this.#tell());
  }

  #tell() {
    this.problem = true;
    setTimeout(() => (this.problem = false), TELL);
  }
}

customElements.define("ot-conversation", Conversation);
