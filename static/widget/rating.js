// <ot-rating>: after a session ended, one tap to say how it was; a comment if one likes.

import { html } from "../vendor/lit.js";
import { icon } from "./icons.js";
import { Part, properties } from "./part.js";
import { wear } from "./sheet.js";

const SCORES = [1, 2, 3, 4, 5];

wear("/static/widget/rating.css");

/** Fires `scored` when a star was pressed, `rated` when it is done with. */
class Rating extends Part {
  static properties = { ...properties("customer", "words"), score: { state: true } };

  render() {
    const { words } = this;
    return html`<section class="rating" aria-label=${words.say("rate.ask")}>
      <header><h2>${words.say(this.score ? "rate.thanks" : "rate.ask")}</h2>
        <button type="button" class="quiet" aria-label=${words.say("close")} @click=${() => this.say("rated")}>${icon("close")}</button>
      </header>
      <div class="stars">${SCORES.map((n) => html`<button
        type="button" class=${n <= this.score ? "on" : ""} aria-pressed=${n === this.score}
        aria-label=${words.say("rate.score", { n })} @click=${() => this.#rate(n)}>${icon("points")}</button>`)}</div>
      ${this.score ? this.#comment() : ""}
    </section>`;
  }

  #comment() {
    return html`<form @submit=${this.#commented}>
      <input name="comment" maxlength="1000" dir="auto" placeholder=${this.words.say("rate.comment")} aria-label=${this.words.say("rate.comment")}>
      <button type="submit">${this.words.say("send")}</button>
    </form>`;
  }

  /** Sent at once: who leaves now has rated all the same. A second rating replaces the first. */
  async #rate(score, comment = "") {
    // Said before it is sent: the log's own "rated" may come before the ack, and this must stay for the comment.
    this.say("scored");
    try {
      await this.customer.socket.request("csat.rate", { score, comment });
      this.score = score;
      return true;
    } catch {
      this.say("problem");
    }
  }

  async #commented(event) {
    event.preventDefault();
    const comment = event.target.elements.comment.value.trim();
    if (!comment || (await this.#rate(this.score, comment))) this.say("rated");
  }
}

customElements.define("ot-rating", Rating);
