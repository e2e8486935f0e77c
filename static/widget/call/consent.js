// <ot-consent>: may this call be recorded? Loaded only when somebody asks.

import { html } from "../../vendor/lit.js";
import { Part, properties } from "../part.js";

/** Give it `phone` and `words`. */
class Consent extends Part {
  static properties = properties("phone", "words");

  render() {
    const { words, phone } = this;
    return html`<div class="consent" role="alertdialog" aria-labelledby="consent-ask" aria-describedby="consent-text">
      <b id="consent-ask">${words.say("call.consent.ask")}</b>
      <p id="consent-text">${words.say("call.consent.text")}</p>
      <div class="call-choices">
        <button type="button" class="yes" @click=${() => phone.consent("grant")}>${words.say("call.consent.yes")}</button>
        <button type="button" @click=${() => phone.consent("refuse")}>${words.say("call.consent.no")}</button>
      </div>
    </div>`;
  }
}

customElements.define("ot-consent", Consent);
