/** A time that keeps itself current: `ago`, `said` (in a thread), `brief` (in a list) or a running `wait`; exact on hover. */
import { html } from "../../vendor/lit.js";
import { Part } from "../part.js";
import { ago, brief, exact, said, span, stopwatch } from "../times.js";

const WRITTEN = { ago, brief, said };

export class Time extends Part {
  static properties = { at: { type: Number }, as: { type: String } };

  constructor() {
    super();
    this.at = 0;
    /** @type {keyof typeof WRITTEN | "wait"} */
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
      >${WRITTEN[/** @type {keyof typeof WRITTEN} */ (this.as)](words, this.at, now)}</time
    >`;
  }
}

customElements.define("ot-time", Time);
