/** Drafts and articles over the foot of the thread, which does not move for them: choose one, and it is where you write. */
import { html, nothing } from "../../vendor/lit.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";
import { intentName } from "./message.js";

/** What is looked for is sent when typing has paused for so many ms. */
const PAUSE = 250;

export class HintList extends Part {
  static properties = { conversation: { attribute: false } };

  constructor() {
    super();
    /** @type {import("../conversation.js").Conversation} */
    this.conversation = /** @type {any} */ (undefined);
    this.shown = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** What had the focus before; it gets it back. @type {HTMLElement | null} */
    this.before = null;
  }

  watches() {
    return [this.app.hints];
  }

  get #open() {
    const { hints } = this.app;
    return hints.conversation === this.conversation.id ? hints.shown : "";
  }

  /** @param {Map<string, unknown>} changed */
  willUpdate(changed) {
    super.willUpdate(changed);
    if (!this.shown && this.#open) this.before = /** @type {HTMLElement | null} */ (document.activeElement);
  }

  updated() {
    const opened = this.#open && this.shown !== this.#open;
    this.shown = this.#open;
    const section = /** @type {HTMLElement | null} */ (this.querySelector("section"));
    // Whoever waits in it for drafts stands on the first one when they come.
    if (!opened && document.activeElement !== section) return;
    /** @type {HTMLElement | null} */ (this.querySelector("input") ?? this.querySelector(".hint") ?? section)?.focus();
  }

  render() {
    const which = this.#open;
    if (!which) return nothing;
    return html`<section class="hints" tabindex="-1" role="group" aria-labelledby="hints-title" @keydown=${this.#key}>
      <header><h2 id="hints-title" class="grow">${this.t(`hints.${which}`)}</h2>
        <button type="button" class="button bare quiet" aria-label=${this.t("close")} data-tip="${this.t("close")}  Esc" @click=${() => this.#close()}>${icon("close")}</button></header>
      ${which === "suggest" ? this.#drafts() : this.#articles()}
    </section>`;
  }

  #drafts() {
    const { drafts, problem } = this.app.hints;
    if (problem) return this.#problem(problem);
    if (!drafts) return html`<p class="muted" role="status">${this.t("hints.thinking")}</p>`;
    if (!drafts.length) return html`<p class="muted" role="status">${this.t("hints.suggest.none")}</p>`;
    return html`<ul>${drafts.map((it) => html`<li>${this.#choice(it.text, intentName(this.app, it.why), it.text)}</li>`)}</ul>`;
  }

  #articles() {
    const { articles, words, problem } = this.app.hints;
    return html`<input type="text" name="words" maxlength="200" dir="auto" autocomplete="off" aria-label=${this.t("hints.find")}
        placeholder=${this.t("hints.find")} .value=${words} @input=${this.#typed} />
      ${problem ? this.#problem(problem) : ""}
      ${articles && !articles.length && !problem ? html`<p class="muted" role="status">${this.t("hints.knowledge.none")}</p>` : ""}
      <ul>${(articles ?? []).map((it) => html`<li>${this.#choice(it.text, sourceOf(it), it.text)}</li>`)}</ul>`;
  }

  /** @param {string} text @param {string} from @param {string} put */
  #choice(text, from, put) {
    return html`<button type="button" class="hint" @click=${() => this.#choose(put)}>
      <span class="muted small" dir="auto">${from}</span><span class="pre" dir="auto">${text}</span></button>`;
  }

  /** @param {import("../../sdk/failure.js").Failure} problem */
  #problem(problem) {
    return html`<p class="problem" role="alert">${this.app.errors.sentence(problem)}</p>`;
  }

  /** @param {string} text */
  #choose(text) {
    this.app.hints.close();
    this.app.offer(this.conversation.id, text);
  }

  #close() {
    this.app.hints.close();
    this.before?.focus();
  }

  /** @param {InputEvent} event */
  #typed(event) {
    const words = /** @type {HTMLInputElement} */ (event.target).value;
    clearTimeout(this.timer);
    if (words.trim()) this.timer = setTimeout(() => void this.app.hints.find(words), PAUSE);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") this.#close();
    else if (event.key === "ArrowDown") this.#step(1);
    else if (event.key === "ArrowUp") this.#step(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {1 | -1} by */
  #step(by) {
    const stops = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("input, .hint")]);
    const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    stops[Math.min(stops.length - 1, Math.max(0, at + by))]?.focus();
  }
}

/** Where an article stands; most titles have their model in them. @param {import("../hints.js").Article} article */
function sourceOf({ title, heading, model }) {
  return [title.includes(model) ? "" : model, title, heading].filter(Boolean).join(" · ");
}

customElements.define("ot-hints", HintList);
