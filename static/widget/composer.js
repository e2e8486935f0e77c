// <ot-composer>: where the customer writes. Grows to five lines; Enter sends, but never while composing (输入法).

import { html, live, nothing } from "../vendor/lit.js";
import { icon } from "./icons.js";
import { Part, properties } from "./part.js";

const DRAFT = "draft";

class Composer extends Part {
  static properties = { ...properties("customer", "words"), text: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    this.text = this.customer.memory.get(DRAFT) ?? "";
  }

  get limit() {
    return this.customer.socket.welcome?.limits.message_chars ?? 8_000;
  }

  render() {
    const over = [...this.text].length - this.limit;
    const label = this.words.say("write");
    return html`<form @submit=${this.#submitted}>
      <ot-files .customer=${this.customer} .words=${this.words}></ot-files>
      <textarea
        rows="1" dir="auto" enterkeyhint="send" placeholder=${label} aria-label=${label} aria-describedby="truth"
        .value=${live(this.text)} @input=${this.#typed} @keydown=${this.#pressed}
      ></textarea>
      <button type="submit" aria-label=${this.words.say("send")} ?disabled=${!this.text.trim() || over > 0}>${icon("send")}</button>
      ${over > 0 ? html`<p class="over" role="alert">${this.words.say("too.long", { n: over })}</p>` : nothing}
    </form>`;
  }

  updated() {
    const area = this.querySelector("textarea");
    area.style.height = "auto";
    if (area.scrollHeight) area.style.height = `${area.scrollHeight}px`; // CSS stops it at five lines
  }

  focus() {
    this.querySelector("textarea")?.focus();
  }

  #typed({ target }) {
    this.text = target.value;
    this.customer.memory.set(DRAFT, this.text);
    if (this.text.trim()) this.customer.thread?.typing.pressed();
    else this.customer.thread?.typing.stopped();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    // Safari ends the composition before this event and only leaves the key code 229 behind.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    this.#submitted(event);
  }

  #submitted(event) {
    event.preventDefault();
    const text = this.text.trim();
    if (!text || [...text].length > this.limit) return;
    this.say("post", text);
    this.text = "";
    this.customer.memory.remove(DRAFT);
    this.focus();
  }
}

customElements.define("ot-composer", Composer);
