// <ot-call-problem>: why something of a call could not be done, and what to do about it. Loaded only then.

import { html, nothing } from "../../vendor/lit.js";
import { Part, properties } from "../part.js";

const FULL = ["media_full", "media_unavailable", "overloaded"];

/** Give it `phone`, `words` and the phone's `problem`. */
class CallProblem extends Part {
  static properties = properties("phone", "words", "problem");

  render() {
    const { phone, words, problem } = this;
    if (!problem) return nothing;
    const again = problem.device && !phone.local && phone.stage === "none";
    return html`<p class="call-problem" role="alert">${words.say(this.#why(problem))}</p>
      <div class="call-choices">
        ${again ? html`<button type="button" class="yes" @click=${() => phone.begin(phone.wished)}>${words.say("call.retry")}</button>` : nothing}
        <button type="button" @click=${() => phone.dismiss()}>${words.say("call.dismiss")}</button>
      </div>`;
  }

  #why({ device, reason }) {
    if (device) return `call.problem.${device}.${reason}`;
    if (FULL.includes(reason)) return "call.problem.full";
    const key = `call.problem.${reason}`;
    return key in this.words.catalogue ? key : "call.problem.other";
  }
}

customElements.define("ot-call-problem", CallProblem);
