/** A time that keeps itself current: `ago`, `brief` or a running `wait`; the exact time on hover. */
import { html } from "../../vendor/lit.js";
import { Part } from "../part.js";
import { ago, brief, exact, span, stopwatch } from "../times.js";

export class Time extends Part {
  static properties = { at: { type: Number }, as: { type: String } };

  constructor() {
    super();
    this.at = 0;
    /** @type {"ago" | "brief" | "wait"} */
    this.as = "ago";
  }

  watches() {
    return [this.as === "wait" ? this.app.clock.seconds : this.app.clock.minutes];
  }

  render() {
    const { words, clock } = this.app;
    const now = clock.now();
    const title = exact(words, this.at);
    if (this.as === "wait") {
      const passed = Math.max(0, now - this.at);
      return html`<span class="tabular" title=${words.t("row.waiting_since", { at: title })} aria-hidden="true">${stopwatch(passed)}</span
        ><span class="unseen">${words.t("row.waits", { span: span(words, passed) })}</span>`;
    }
    return html`<time datetime=${new Date(this.at).toISOString()} title=${title}
      >${this.as === "brief" ? brief(words, this.at, now) : ago(words, this.at, now)}</time
    >`;
  }
}

customElements.define("ot-time", Time);
