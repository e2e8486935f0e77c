// <ot-keypad>: digits for the bot in a call, and a way past it. Loaded only while the bot is in one.

import { html } from "../../vendor/lit.js";
import { Part, properties } from "../part.js";
import { wear } from "../sheet.js";

/** What the hub knows the keys by; the last one asks for an agent. */
const KEYS = [..."1234567890*"];

wear("/static/widget/call/keypad.css");

/** Give it `phone` and `words`. */
class Keypad extends Part {
  static properties = properties("phone", "words");

  render() {
    const { words } = this;
    return html`<div class="call-choices" role="group" aria-label=${words.say("call.keypad")}>
      ${KEYS.map((key) => html`<button type="button" @click=${() => this.#press(key)}>${key === "*" ? words.say("call.keypad.person") : key}</button>`)}
    </div>`;
  }

  /** @param {string} key */
  #press(key) {
    this.phone.signals.tell("call.key", { call: this.phone.fact?.id, key });
  }
}

customElements.define("ot-keypad", Keypad);
