/** The page of the calls that go on: who with whom, since when, how well, and what a supervisor can do about it. */
import { html } from "../../vendor/lit.js";
import { quality } from "../../calls/figures.js";
import { overrules } from "../commands.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { customerName } from "../people.js";
import { stopwatch } from "../times.js";
import { skeleton } from "./inbox.js";

/** @typedef {import("../supervision.js").Going} Going */

export const TONES = /** @type {Record<string, string>} */ ({ good: "ok", fair: "warn", poor: "danger" });

export class LiveCalls extends Part {
  watches() {
    return [this.app.supervision, this.app.presence, this.app.clock.seconds];
  }

  connectedCallback() {
    super.connectedCallback();
    if (overrules(this.app)) void this.app.supervision.follow();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.app.supervision.rest();
  }

  render() {
    return html`<header class="pane-head">
        <button type="button" class="button bare back" aria-label=${this.t("back")} @click=${() => this.app.place.go({ conversation: "" })}>${icon("back")}</button>
        <h1 class="grow">${this.t("live.title")}</h1>
      </header>
      <div class="live-calls" tabindex="0" role="group" aria-label=${this.t("live.title")}>${this.#body()}</div>`;
  }

  #body() {
    const { going, problem } = this.app.supervision;
    if (!overrules(this.app)) return html`<div class="empty"><p>${this.t("live.forbidden")}</p></div>`;
    const told = problem ? html`<p class="problem" role="alert">${this.app.errors.sentence(problem)}</p>` : "";
    if (!going) return problem ? told : skeleton(this.t("loading"));
    if (!going.length) return html`${told}<div class="empty"><p>${this.t("live.none")}</p></div>`;
    return html`${told}<ul>${going.map((it) => this.#row(it))}</ul>`;
  }

  /** @param {Going} it */
  #row(it) {
    const { supervision, words, clock } = this.app;
    const { call, conversation, customer } = it;
    const name = customerName(words, customer);
    const mine = supervision.current?.call.id === call.id;
    const inside = call.parties.some((each) => each.party === `agent:${this.app.session.agent?.id}`);
    const listens = (call.supervisors ?? []).map((each) => each.name).join(", ");
    return html`<li class="live-call" ?data-mine=${mine}>
      ${icon(call.media === "video" ? "video" : "call")}
      <div class="grow clip">
        <p class="clip"><strong dir="auto">${name}</strong> <span class="muted">· <span dir="auto">${this.#others(it)}</span> · <span class="tabular">${stopwatch(clock.now() - call.accepted_at)}</span></span></p>
        <p class="call-quality">${this.#lines(it)}${call.recording ? html`<span class="status danger">${this.t("live.recorded")}</span>` : ""}
          ${listens ? html`<span class="status">${this.t("live.listens", { names: listens })}</span>` : ""}</p>
      </div>
      <a class="button" href="#/all/${encodeURIComponent(conversation)}">${this.t("live.read")}</a>
      ${mine || inside ? "" : html`<button type="button" class="button primary" ?disabled=${!supervision.free} @click=${() => this.#listen(it)}>${icon("listen")}${this.t("live.listen")}</button>`}
    </li>`;
  }

  /** Who talks with the customer. @param {Going} it */
  #others({ call }) {
    return call.parties.filter((each) => each.party !== "customer").map((each) => each.name).join(", ");
  }

  /** How each says that its line is. @param {Going} it */
  #lines({ call, quality: said }) {
    return call.parties.filter((each) => said[each.party]).map((each) => {
      const figures = said[each.party];
      const word = quality(/** @type {any} */ (figures));
      return html`<span class="status ${TONES[word]}" dir="auto">${this.t("call.quality.of", { name: each.name || this.t("party.customer"), word: this.t(`call.quality.${word}`) })}</span>`;
    });
  }

  /** @param {Going} it */
  #listen(it) {
    const { supervision, calls, conversations } = this.app;
    calls.follow(conversations.open(it.conversation)); // its end is told there
    void supervision.listen(it);
  }
}

customElements.define("ot-live-calls", LiveCalls);
