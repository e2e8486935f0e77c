/** The scrolling timeline. It follows the newest line while the reader is there, and never moves it otherwise. */
import { html, repeat } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { lineText, lineTime } from "../lines.js";
import { prose } from "../../prose.js";
import { Part } from "../part.js";
import { keyOf, runs, timeline } from "../timeline.js";
import { dayName, exact } from "../times.js";
import { briefTemplate } from "./brief.js";
import { effectTemplate } from "./effect.js";
import { filmTemplate } from "./film.js";
import { messageTemplate, pendingTemplate } from "./message.js";

/** So near (px) to the end counts as there. */
const NEAR = 48;
/** Quiet lines beyond this many in a row are folded. */
const QUIET = 3;

export class Log extends Part {
  static properties = { conversation: { attribute: false }, missed: { state: true }, atEnd: { state: true }, paging: { state: true } };

  constructor() {
    super();
    /** @type {import("../conversation.js").Conversation} */
    this.conversation = /** @type {any} */ (undefined);
    /** Messages that came while the reader was further up. */
    this.missed = 0;
    this.atEnd = true;
    this.paging = false;
    /** Lines that must not move, and where they are; the first ones may vanish (a day's name moves up). @type {{line: HTMLElement, top: number}[]} */
    this.anchors = [];
    this.newest = "";
    this.placed = "";
    /** Where the reader was when they last scrolled or were taken along, and how high the box was, in px. */
    this.top = 0;
    this.height = 0;
    this.resized = new ResizeObserver(() => this.#settle());
    this.looked = () => this.#look();
  }

  watches() {
    return [this.conversation, this.app.presence];
  }

  connectedCallback() {
    super.connectedCallback();
    for (const type of ["focus", "blur"]) window.addEventListener(type, this.looked);
    document.addEventListener("visibilitychange", this.looked);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.conversation.look(this.app.agent.id, false);
    this.resized.disconnect();
    for (const type of ["focus", "blur"]) window.removeEventListener(type, this.looked);
    document.removeEventListener("visibilitychange", this.looked);
  }

  firstUpdated() {
    this.resized.observe(this.#box);
    this.resized.observe(/** @type {HTMLElement} */ (this.querySelector("ol")));
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (changed.has("conversation")) this.#opened(changed.get("conversation"));
    else if (this.hasUpdated && !this.#follows()) this.#remember();
    this.#count();
  }

  render() {
    const { conversation } = this;
    const entries = timeline(conversation.events, conversation.newFrom);
    return html`<div class="log" role="log" tabindex="0" aria-label=${this.t("thread.label")} aria-busy=${!conversation.live} @scroll=${this.#scrolled}>
        ${conversation.more
          ? html`<button type="button" class="button quiet older" ?disabled=${this.paging} @click=${this.#older}>${this.t(this.paging ? "thread.older.busy" : "thread.older")}</button>`
          : ""}
        <ol>
          ${repeat(entries, (it) => it.key, (it) => html`<li class="entry" data-kind=${it.kind}>${this.#entry(it)}</li>`)}
          ${repeat(conversation.pending, (it) => it.id, (it) => html`<li class="entry" data-kind="message">${pendingTemplate(this.app, it, conversation)}</li>`)}
        </ol>
        ${conversation.live && !entries.length ? html`<p class="empty muted">${this.t("thread.empty")}</p>` : ""}
      </div>
      ${this.atEnd
        ? ""
        : html`<button type="button" class="pill newest" @click=${this.toEnd}>
            ${icon("down")}${this.missed ? this.t("thread.missed", { n: this.missed }) : this.t("thread.newest")}
          </button>`}`;
  }

  updated() {
    if (this.placed !== this.conversation.id && this.conversation.live) this.#place();
    else this.#settle();
    this.#look();
  }

  /** To the newest line. */
  toEnd() {
    this.atEnd = true;
    this.missed = 0;
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#look();
  }

  /** @param {import("../timeline.js").Entry} entry */
  #entry(entry) {
    const { app } = this;
    const event = /** @type {import("../timeline.js").Seen} */ (entry.event);
    if (entry.kind === "day") return html`<h2 class="day"><span>${dayName(app.words, entry.at, app.clock.now())}</span></h2>`;
    if (entry.kind === "new") return html`<p class="fresh"><span>${this.t("thread.new")}</span></p>`;
    if (entry.kind === "message") return messageTemplate(app, this.conversation, entry);
    if (entry.kind === "brief") return briefTemplate(app, event.d, entry.at);
    if (entry.kind === "film") return filmTemplate(app, event);
    if (entry.kind === "note") return this.#note(event);
    if (entry.effect) return effectTemplate(app, this.conversation, entry.effect);
    return this.#lines(entry.lines ?? []);
  }

  /** @param {import("../timeline.js").Seen} event */
  #note(event) {
    return html`<section class="note" aria-label=${this.t("note.label")}>
      <header>${icon("note")}<span dir="auto">${event.by.name}</span><span class="muted">${this.t("note.staff")}</span><ot-time class="muted" .app=${this.app} .at=${event.at}></ot-time></header>
      <div dir="auto">${prose(event.d.text)}</div>
    </section>`;
  }

  /** @param {import("../timeline.js").Seen[]} events */
  #lines(events) {
    const lines = events.map((event) => ({ event, text: lineText(event, this.app) })).filter((it) => it.text);
    return runs(lines).map((run) => this.#run(run));
  }

  /** The last one is seen in any case. @param {{event: import("../timeline.js").Seen, text: string}[]} lines */
  #run(lines) {
    if (lines.length <= QUIET) return lines.map((it) => this.#line(it));
    return html`<details class="lines">
        <summary>${this.t("thread.lines", { n: lines.length - 1 })}</summary>
        ${lines.slice(0, -1).map((it) => this.#line(it))}
      </details>
      ${this.#line(lines[lines.length - 1])}`;
  }

  /** @param {{event: import("../timeline.js").Seen, text: string}} line */
  #line({ event, text }) {
    return html`<p class="quiet-line" title=${exact(this.app.words, event.at)}><span dir="auto">${text}</span> <span class="tabular">${lineTime(event, this.app)}</span></p>`;
  }

  /** @returns {HTMLElement} */
  get #box() {
    return /** @type {HTMLElement} */ (this.querySelector(".log"));
  }

  /** @param {unknown} before the conversation that was shown until now */
  #opened(before) {
    // What comes there from now on is not before anybody's eyes.
    /** @type {typeof this.conversation | undefined} */ (before)?.look(this.app.agent.id, false);
    this.placed = "";
    this.newest = "";
    this.missed = 0;
    this.atEnd = true;
    this.anchors = [];
  }

  /** First sight of a conversation: what is new stands at the top when it is more than fits, else the end is shown. */
  #place() {
    this.placed = this.conversation.id;
    const box = this.#box;
    const fresh = /** @type {HTMLElement | null} */ (box.querySelector("[data-kind=new]"));
    box.scrollTop = box.scrollHeight;
    if (fresh && fresh.offsetTop < box.scrollTop) box.scrollTop = fresh.offsetTop - NEAR / 2;
    this.atEnd = this.#nearEnd();
  }

  /** Puts the reader back where they were before this drawing. */
  #settle() {
    const box = this.#box;
    if (this.#follows()) {
      box.scrollTop = box.scrollHeight;
      this.#mark(); // lines that were folded took the end up with them: nobody scrolled
    }
    const kept = this.anchors.find(({ line }) => line.isConnected);
    if (!this.atEnd && kept) box.scrollTop += kept.line.getBoundingClientRect().top - kept.top;
    this.anchors = [];
  }

  #remember() {
    const top = this.#box.getBoundingClientRect().top;
    const lines = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("li.entry"));
    const first = [...lines].findIndex((it) => it.getBoundingClientRect().bottom > top);
    this.anchors = [...lines].slice(Math.max(0, first), first + 6).map((line) => ({ line, top: line.getBoundingClientRect().top }));
  }

  #nearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  /** Is the reader still at the end? Who has just scrolled up is told us by the next frame's event: too late for a drawing. */
  #follows() {
    // Only a reader scrolls up; lines that grow while they are drawn merely push the end away, and a box that grows
    // (the composer or a banner made room) takes the place at its end with it. Places have fractions, heights have none.
    const grown = Math.max(0, this.#box.clientHeight - this.height) + 1;
    if (this.#box.scrollTop < this.top - grown && !this.#nearEnd()) this.atEnd = false;
    return this.atEnd;
  }

  /** Where the reader is by their own will, or by ours. */
  #mark() {
    this.top = this.#box.scrollTop;
    this.height = this.#box.clientHeight;
  }

  #scrolled() {
    if (this.#nearEnd()) this.atEnd = true;
    else this.#follows();
    this.#mark();
    if (this.atEnd) this.missed = 0;
    if (this.#box.scrollTop < NEAR && this.conversation.more) void this.#older();
    this.#look();
  }

  async #older() {
    if (this.paging) return;
    this.paging = true;
    this.atEnd = false; // whoever pages back wants to stay where they are, even in a short thread
    await this.conversation.older().catch(() => {});
    this.paging = false;
  }

  /** Counts what came while the reader was further up; what they sent themselves takes them to the end. */
  #count() {
    const said = this.conversation.events.filter((it) => it.type === "message.created" || it.type === "note.added");
    const before = said.findLastIndex((it) => keyOf(it) === this.newest);
    const more = before < 0 ? [] : said.slice(before + 1);
    if (more.some(({ by }) => by.kind === "agent" && by.id === this.app.agent.id)) this.atEnd = true;
    if (!this.atEnd) this.missed += more.length;
    const last = said.at(-1);
    this.newest = last ? keyOf(last) : "";
  }

  #look() {
    const eyes = this.atEnd && document.visibilityState === "visible" && document.hasFocus();
    this.conversation.look(this.app.agent.id, eyes);
  }
}

customElements.define("ot-log", Log);
