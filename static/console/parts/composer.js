/** Where an agent writes: a reply to the customer or a note for staff; drafts are kept, Enter sends. */
import { html, live, nothing } from "../../vendor/lit.js";
import { canTake, commandNamed, isMine, possible } from "../commands.js";
import { icon } from "../icons.js";
import { marked } from "../marks.js";
import { Part } from "../part.js";
import "./action.js";
import "./attach.js";
import "./connection.js";
import "./hints.js";

/** Longest message, in characters (hub/model/content.py). */
const MOST = 8_000;
/** The rest is shown when it gets short. */
const SOON = 500;

const TABS = /** @type {const} */ (["reply", "note"]);
const HELPS = /** @type {const} */ (["suggest", "knowledge"]);
const MARKS = /** @type {const} */ (["bold", "italic", "code", "list", "link"]);

export class Composer extends Part {
  static properties = { conversation: { attribute: false }, tab: { state: true }, text: { state: true }, busy: { state: true } };

  constructor() {
    super();
    /** @type {import("../conversation.js").Conversation} */
    this.conversation = /** @type {any} */ (undefined);
    /** @type {"reply" | "note"} */
    this.tab = "reply";
    this.text = "";
    this.busy = false;
  }

  watches() {
    return [this.conversation, this.app.session, this.app.line];
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (changed.has("conversation")) this.#turn("reply");
    // Drafts hold every letter, so reading them anew loses none; and they may hold more by now than was typed here.
    const tab = this.#wished;
    if (tab) this.#turn(tab);
  }

  updated() {
    this.#grow();
    if (!this.#wished) return;
    if (this.#area) this.app.wish = null;
    else if (this.app.wish?.soon) return;
    // Where nothing can be written, what is typed must not be taken for commands: keys.js.
    (this.#area ?? this.querySelector(".composer-closed button") ?? this.querySelector(".composer-closed"))?.focus();
  }

  /** Where the agent wants to write, while that wish is fresh and meant for the conversation shown here. */
  get #wished() {
    const { wish, place } = this.app;
    return wish && wish.until > Date.now() && place.conversation === this.conversation.id ? wish.tab : "";
  }

  render() {
    const why = this.tab === "reply" ? this.#whyNot() : "";
    const left = MOST - [...this.text].length;
    return html`<div class="composer" data-tab=${this.tab}>
      <ot-hints .app=${this.app} .conversation=${this.conversation}></ot-hints>
      <div class="composer-tabs" role="group" aria-label=${this.t("composer.label")}>
        ${TABS.map((tab) => this.#tabButton(tab))}
        <span class="grow"></span>
        ${HELPS.map((name) => html`<ot-action .app=${this.app} command=${name} icon=${name} bare kind="quiet"></ot-action>`)}
        ${why || this.tab === "note" ? "" : html`<ot-attach .app=${this.app} .conversation=${this.conversation}></ot-attach>`}
        ${why ? "" : MARKS.map((mark) => this.#markButton(mark))}
      </div>
      ${why ? this.#closed(why) : this.#open(left)}
      <ot-connection .app=${this.app}></ot-connection>
    </div>`;
  }

  /** @param {number} left */
  #open(left) {
    return html`<div class="composer-row">
      <textarea rows="1" dir="auto" aria-label=${this.t(`composer.${this.tab}`)} placeholder=${this.t(`composer.${this.tab}.hint`)}
        .value=${live(this.text)} @input=${this.#typed} @keydown=${this.#key} @blur=${() => this.conversation.thread?.typing.stopped()}
        aria-describedby=${left < SOON ? "composer-left" : nothing}></textarea>
      <button type="button" class="button primary send" aria-label=${this.t(`composer.${this.tab}.send`)} data-tip="${this.t(`composer.${this.tab}.send`)}  Enter"
        ?disabled=${!this.text.trim() || left < 0 || this.busy} @click=${this.#send}>${icon(this.tab === "note" ? "note" : "send")}</button>
    </div>
    ${left < SOON ? html`<p id="composer-left" class="left tabular ${left < 0 ? "problem" : "muted"}" role="status">${this.t(left < 0 ? "composer.over" : "composer.left", { n: Math.abs(left) })}</p>` : ""}`;
  }

  /** @param {string} why */
  #closed(why) {
    return html`<div class="composer-closed" tabindex="-1">
      <p>${why}${this.text.trim() ? html` <span class="muted">${this.t("composer.draft_kept")}</span>` : ""}</p>
      ${this.#wayIn()}
    </div>`;
  }

  /** The one click that lets me write here, where there is one. */
  #wayIn() {
    if (possible(this.app, commandNamed("reopen"))) return html`<ot-action .app=${this.app} command="reopen" icon="reopen" kind="primary"></ot-action>`;
    return canTake(this.app) ? html`<ot-action .app=${this.app} command="take" icon="take" kind="primary"></ot-action>` : "";
  }

  /** Why a reply is not possible now; "" when it is. */
  #whyNot() {
    const row = this.conversation.row;
    if (!row || isMine(this.app)) return "";
    if (row.merged_into) return this.t("composer.why.merged");
    if (row.status === "resolved") return this.t("composer.why.resolved");
    const name = row.owner.name || this.app.presence.nameOf(row.owner.id);
    if (row.owner.kind === "agent") return this.t(canTake(this.app) ? "composer.why.agent" : "composer.why.colleague", { name });
    return this.t(`composer.why.${row.owner.kind}`);
  }

  /** @param {"reply" | "note"} tab */
  #tabButton(tab) {
    return html`<button type="button" class="tab" aria-pressed=${this.tab === tab} aria-keyshortcuts=${tab[0]}
      data-tip="${this.t(`command.${tab}`)}  ${tab[0].toUpperCase()}" @click=${() => this.app.focusComposer(tab)}>${this.t(`composer.tab.${tab}`)}</button>`;
  }

  /** @param {typeof MARKS[number]} mark */
  #markButton(mark) {
    const key = { bold: "Ctrl B", italic: "Ctrl I" }[/** @type {string} */ (mark)];
    const label = this.t(`mark.${mark}`);
    return html`<button type="button" class="button bare quiet mark" aria-label=${label} data-tip=${key ? `${label}  ${key}` : label}
      @pointerdown=${(/** @type {Event} */ event) => event.preventDefault()} @click=${() => this.#mark(mark)}>${icon(mark)}</button>`;
  }

  /** @returns {HTMLTextAreaElement | null} */
  get #area() {
    return this.querySelector("textarea");
  }

  /** @param {"reply" | "note"} tab */
  #turn(tab) {
    this.tab = tab;
    this.text = this.app.drafts.get(this.conversation.id, tab);
  }

  /** @param {InputEvent} event */
  #typed(event) {
    this.#write(/** @type {HTMLTextAreaElement} */ (event.target).value);
    if (this.tab === "reply" && this.text) this.conversation.thread?.typing.pressed();
  }

  /** @param {string} text */
  #write(text) {
    this.text = text;
    this.app.drafts.set(this.conversation.id, this.tab, text);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    // Enter chooses a candidate while a Chinese word is being composed; 229 is what some browsers say of it.
    if (event.isComposing || event.keyCode === 229) return;
    const mark = event.ctrlKey || event.metaKey ? { b: /** @type {const} */ ("bold"), i: /** @type {const} */ ("italic") }[event.key] : undefined;
    if (mark) this.#mark(mark);
    else if (event.key === "Enter" && !event.shiftKey && !event.altKey) void this.#send();
    else return;
    event.preventDefault();
  }

  /** @param {typeof MARKS[number]} mark */
  #mark(mark) {
    const area = this.#area;
    if (!area) return;
    const { text, from, to } = marked(area.value, area.selectionStart, area.selectionEnd, mark);
    area.focus();
    area.value = text;
    area.setSelectionRange(from, to);
    this.#write(text);
  }

  async #send() {
    const text = this.text.trim();
    if (!text || [...text].length > MOST || this.busy) return;
    if (this.tab === "reply") {
      this.#write("");
      this.conversation.post(text);
      return;
    }
    // A note is not queued: it stays in the composer until the hub has it.
    const { conversation } = this;
    this.busy = true;
    const kept = await this.app.actions.note(conversation.id, text);
    this.busy = false;
    if (kept) this.app.drafts.set(conversation.id, "note", "");
    if (kept && this.conversation === conversation && this.tab === "note") this.text = "";
  }

  /** As high as its text, up to what the style sheet allows. */
  #grow() {
    const area = this.#area;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }
}

customElements.define("ot-composer", Composer);
