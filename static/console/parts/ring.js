/** The bar of a call that comes in: who it is, how long it still rings, answer or decline. It blocks nothing. */
import { html } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { customerName } from "../people.js";
import { stopwatch } from "../times.js";
import { briefing } from "./briefing.js";
import { tierMark } from "./row.js";

export class RingBar extends Part {
  watches() {
    const { calls, clock, words } = this.app;
    return [calls, words, calls.incoming.length ? clock.seconds : null, this.app.conversations.get(calls.incoming[0]?.conversation ?? "")];
  }

  render() {
    const [phone] = this.app.calls.incoming;
    return html`<div role="status" class="unseen">${phone ? this.#said(phone) : ""}</div>${phone ? this.#bar(phone) : ""}`;
  }

  /** @param {import("../../calls/phone.js").Phone} phone */
  #said(phone) {
    const { invitation } = phone;
    const by = invitation?.by?.replace("agent:", "");
    if (invitation) return this.t("ring.invited", { by: by ? this.app.presence.nameOf(by) : this.t("party.someone"), name: this.#name(phone) });
    return this.t(`ring.${phone.fact?.media ?? "audio"}`, { name: this.#name(phone) });
  }

  /** @param {import("../../calls/phone.js").Phone} phone */
  #row({ conversation }) {
    return this.app.conversations.get(conversation)?.row ?? this.app.inbox.row(conversation);
  }

  /** @param {import("../../calls/phone.js").Phone} phone */
  #name(phone) {
    return customerName(this.app.words, this.#row(phone)?.customer);
  }

  /** @param {import("../../calls/phone.js").Phone} phone */
  #bar(phone) {
    const { fact, invitation } = phone;
    const video = fact?.media === "video";
    const left = (invitation?.until ?? fact?.until ?? 0) - this.app.clock.now();
    const answer = (/** @type {"audio" | "video"} */ media) => {
      this.app.place.go({ view: "mine", conversation: phone.conversation });
      void phone.accept(media);
    };
    return html`<section class="reservation ring" aria-label=${this.t("ring.label")}>
      <header>
        ${icon(video ? "video" : "call")}
        <strong class="clip" dir="auto">${this.#name(phone)}</strong>
        ${tierMark(this.app, this.#row(phone)?.customer.tier)}
        <span class="grow"></span>
        <span class="tabular muted" aria-hidden="true">${stopwatch(left)}</span>
      </header>
      <p>${this.#said(phone)}</p>
      ${invitation ? briefing(this.app, invitation, this.app.conversations.get(phone.conversation)) : ""}
      <div class="reservation-buttons">
        <button type="button" class="button primary" aria-keyshortcuts="y" @click=${() => answer(fact?.media ?? "audio")}>${icon(video ? "video" : "call")}${this.t("command.answer")} <kbd>Y</kbd></button>
        ${video ? html`<button type="button" class="button" @click=${() => answer("audio")}>${this.t("ring.audio_only")}</button>` : ""}
        <button type="button" class="button" aria-keyshortcuts="x" @click=${() => phone.decline()}>${this.t("command.decline")} <kbd>X</kbd></button>
      </div>
    </section>`;
  }
}

customElements.define("ot-ring", RingBar);
