// <ot-consent>: may this call be recorded? And while it is: that it is, and a way to stop it. Loaded only then.

import { html } from "../../vendor/lit.js";
import { Part, properties } from "../part.js";

/** Give it `phone`, `words`, and `asked`: is it still a question? */
class Consent extends Part {
  static properties = properties("phone", "words", "asked");

  render() {
    return this.asked ? this.#question() : html`<p class="recorded">${this.words.say("call.recording")}${this.#choice("recording.stop", "withdraw")}</p>`;
  }

  #question() {
    const { words } = this;
    return html`<div class="consent" role="alertdialog" aria-labelledby="consent-ask" aria-describedby="consent-text">
      <b id="consent-ask">${words.say("call.consent.ask")}</b>
      <p id="consent-text">${words.say("call.consent.text")}</p>
      <div class="call-choices">${this.#choice("consent.yes", "grant", "yes")}${this.#choice("consent.no", "refuse")}</div>
    </div>`;
  }

  /** @param {string} name @param {"grant" | "refuse" | "withdraw"} what */
  #choice(name, what, kind = "") {
    return html`<button type="button" class=${kind} @click=${() => this.phone.consent(what)}>${this.words.say(`call.${name}`)}</button>`;
  }
}

customElements.define("ot-consent", Consent);
