// <ot-timeline>: the thread. Keeps the reader's place when anything arrives, pages back, and says what was read.

import { html, nothing, repeat } from "../vendor/lit.js";
import { row } from "./bubble.js";
import { icon } from "./icons.js";
import { items } from "./items.js";
import { Part, properties } from "./part.js";

/** As near to the end (px) as counts for "at the end"; as near to the start as loads what is older. */
const END = 60;
const START = 300;

class Timeline extends Part {
  static properties = { ...properties("customer", "words", "visible", "press", "tell"), below: { state: true } };

  /** The reader follows the newest message. */
  #follows = true;
  /** Where it stood when we last looked (px). */
  #top = 0;
  /** Messages after this seq are new to the reader; undefined until the thread was seen. */
  #seen;
  #thread = null;
  #paging = false;

  connectedCallback() {
    super.connectedCallback();
    this.watch(this.customer, "change");
    this.hear(this, "scroll", () => this.#scrolled(), { passive: true });
    this.hear(document, "visibilitychange", () => this.#look());
    const size = new ResizeObserver(() => this.#stays() && this.#toEnd());
    size.observe(this);
    this.until(() => size.disconnect());
    const ages = setInterval(() => this.requestUpdate(), 30_000);
    this.until(() => clearInterval(ages));
  }

  willUpdate(changed) {
    const { thread } = this.customer;
    if (thread !== this.#thread || (changed.has("visible") && !this.visible)) this.#seen = undefined;
    if (thread !== this.#thread) this.#follows = true;
    this.#thread = thread;
    if (this.visible && thread?.log.live && this.#seen === undefined) {
      this.#seen = thread.unread ? thread.state.read.customer : Infinity;
      this.#follows ||= !thread.unread;
    }
    this.shown = thread ? items(thread, { channel: this.customer.channel, unreadAfter: this.#seen ?? Infinity, tell: this.tell }) : [];
    this.#stays();
    this.before = { height: this.scrollHeight, top: this.scrollTop, first: this.first, last: this.last };
  }

  render() {
    const { thread, outbox } = this.customer;
    const on = {
      customer: this.customer,
      words: this.words,
      press: this.press,
      retry: (id) => outbox.retry(id),
      discard: (id) => outbox.drop(id),
    };
    const parties = thread?.typing.parties ?? [];
    return html`<div role="log" aria-label=${this.words.say("title")} aria-busy=${!thread?.log.live}>
        ${thread?.more ? html`<p class="older">${this.words.say("older")}</p>` : nothing}
        ${thread?.log.live || this.shown.length ? nothing : html`<div class="skeleton"><i></i><i></i><i></i></div>`}
        ${thread?.log.live && !this.shown.length ? html`<p class="empty">${this.words.say("empty")}</p>` : nothing}
        <ol>${repeat(this.shown, (item) => item.key, (item) => row(item, on))}</ol>
      </div>
      ${parties.map((by) => html`<p class="typing"><span class="hidden">${this.words.say("typing", { name: by.name || this.words.say("bot") })}</span><i></i><i></i><i></i></p>`)}
      ${this.below ? html`<button class="newest" type="button" @click=${() => this.#toEnd("smooth")}>${icon("down")}${this.words.say("newest")}</button>` : nothing}`;
  }

  updated(changed) {
    const { height, top, first, last } = this.before;
    // By the messages: a day's heading or the mark above what is new may move.
    this.first = this.shown.find((item) => item.kind === "message")?.key;
    this.last = this.shown.at(-1)?.key;
    const mark = changed.has("visible") && this.visible && this.querySelector("li.unread");
    if (mark) this.scrollTop = mark.offsetTop - this.offsetTop - 48;
    else if (this.#follows || (last !== this.last && this.shown.at(-1)?.id)) this.#toEnd();
    else if (first !== this.first) this.scrollTop = this.scrollHeight - height + top;
    else if (last !== this.last && last) this.below = true;
    this.#look();
    if (this.visible && this.scrollTop < START) this.#older();
  }

  /** Does the reader still follow? Who has just scrolled up is told us by the next frame's event: too late here. */
  #stays() {
    if (this.scrollTop < this.#top && !this.#atEnd) this.#follows = false;
    return this.#follows;
  }

  get #atEnd() {
    return this.scrollHeight - this.scrollTop - this.clientHeight < END;
  }

  #scrolled() {
    // Told of our own step to the end only after the pane has become smaller once more: the reader has not moved.
    if (this.scrollTop !== this.#top || this.#atEnd) this.#follows = this.#atEnd;
    this.#top = this.scrollTop;
    if (this.#follows) this.below = false;
    if (this.scrollTop < START) this.#older();
    this.#look();
  }

  /** @param {ScrollBehavior} [behavior] */
  #toEnd(behavior = "instant") {
    this.scrollTo({ top: this.scrollHeight, behavior });
    this.#top = this.scrollTop;
  }

  #look() {
    this.#thread?.receipts.look(!!this.visible && this.#follows && !document.hidden);
  }

  async #older() {
    if (this.#paging || !this.#thread?.more || !this.#thread.log.live) return;
    this.#paging = true;
    await this.#thread.older().catch(() => {}); // offline: scrolling again asks again
    this.#paging = false;
  }
}

customElements.define("ot-timeline", Timeline);
