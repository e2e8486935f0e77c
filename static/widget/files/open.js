// The widget's files, loaded once the thread is there: <ot-files> in the composer, <ot-file> in a bubble.

import { html, nothing, repeat } from "../../vendor/lit.js";
import { Files, openTab, SHOWN, size } from "../../sdk/files.js";
import { Part, properties } from "../part.js";
import { wear } from "../sheet.js";

const CATALOGUES = {
  en: () => import("./locales/en.js"),
  "zh-CN": () => import("./locales/zh-CN.js"),
};
const SHEET = "/static/widget/files/files.css";
const CLIP = "M20 11l-8 8a5 5 0 0 1-7-7l8-8a3.300 3.300 0 0 1 4.700 4.700l-8 8a1.700 1.700 0 0 1-2.400-2.400l7-7";
const PAGE = "M6 3h8l4 4v14H6zM14 3v4h4";

wear(SHEET);

/** One for each customer, whatever number of elements asks. @type {WeakMap<any, Files>} */
const all = new WeakMap();

/** @param {any} customer */
function filesOf(customer) {
  const known = all.get(customer) ?? new Files(customer.socket, customer.host ?? "");
  all.set(customer, known);
  return known;
}

const icon = (path) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${path}></path></svg>`;

/** Adds our texts to the catalogue in use; true once they are there. */
function speaks(part) {
  const { words } = part;
  if (words.catalogue["file.attach"]) return true;
  CATALOGUES[words.locale]().then(({ words: texts }) => {
    Object.assign(words.catalogue, texts);
    part.requestUpdate();
  }, () => {}); // offline: the next drawing asks again
  return false;
}

/** Give it `customer` and `words`. Takes files by its button, by pasting, and by dropping them on the conversation. */
class Attach extends Part {
  static properties = properties("customer", "words");

  files = null;

  connectedCallback() {
    super.connectedCallback();
    this.requestUpdate();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.files = null;
  }

  /** Not when connected: what the page set before this was loaded is only there with the first drawing. */
  willUpdate() {
    if (!this.files && this.isConnected) this.#begin();
  }

  #begin() {
    this.files = filesOf(this.customer);
    this.watch(this.files, "change");
    const place = this.closest("ot-conversation");
    this.hear(place, "paste", (event) => this.files.take(event, event.clipboardData));
    this.hear(place, "drop", (event) => this.files.take(event, event.dataTransfer));
    this.hear(place, "dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
  }

  render() {
    if (!speaks(this)) return nothing;
    const label = this.words.say("file.attach");
    return html`${repeat(this.files.sending, (it) => it.id, (it) => this.#sending(it))}
      <input type="file" multiple hidden @change=${({ target }) => this.files.chosen(target)}>
      <button type="button" class="attach" aria-label=${label} title=${label} @click=${() => this.querySelector("input").click()}>${icon(CLIP)}</button>`;
  }

  #sending(it) {
    const { words, files } = this;
    const { name } = it.file;
    const button = (key, run) => html`<button type="button" aria-label=${words.say(key, { name })} @click=${run}>${words.say(key === "file.stop" ? "file.drop" : key, { name })}</button>`;
    if (!it.failed) {
      const n = Math.round(it.share * 100);
      return html`<p class="file-sending" role="status"><span dir="auto">${words.say("file.sending", { name, n })}</span><progress max="1" .value=${it.share} aria-label=${name}></progress>${button("file.stop", () => files.drop(it))}</p>`;
    }
    return html`<p class="file-sending failed" role="alert"><span dir="auto">${this.#why(it)}</span>
      ${["too_long", "empty"].includes(it.failed) ? nothing : button("file.retry", () => files.again(it))}${button("file.drop", () => files.drop(it))}</p>`;
  }

  #why({ failed, file: { name } }) {
    const { words, customer } = this;
    const key = `file.failed.${failed}`;
    const most = size(customer.socket.welcome?.limits.file_bytes ?? 0, words.locale);
    return words.say(key in words.catalogue ? key : "file.failed", { name, most });
  }
}

/** Give it `customer`, `words`, `file` (FileContent) and `conversation` (the log in which it stands). */
class FilePart extends Part {
  static properties = { ...properties("customer", "words", "file", "conversation"), url: { state: true }, gone: { state: true } };

  render() {
    const { file, words } = this;
    if (!speaks(this)) return file.text;
    const shown = SHOWN.includes(file.type);
    if (shown && !this.url && !this.gone) void this.#open();
    return html`${shown && this.url
        ? html`<button type="button" class="file-picture" aria-label=${words.say("file.open", { name: file.text })} @click=${this.#show}>
            <img src=${this.url} alt=${words.say("file.picture", { name: file.text })} width=${file.width || nothing} height=${file.height || nothing} @error=${() => (this.gone = true)}></button>`
        : html`<button type="button" class="file" aria-label=${words.say("file.open", { name: file.text })} @click=${this.#show}>${icon(PAGE)}<span><b dir="auto">${file.text}</b><small>${size(file.bytes, words.locale)}</small></span></button>`}
      ${this.gone ? html`<p role="alert">${words.say("file.gone")}</p>` : nothing}`;
  }

  #find = () => filesOf(this.customer).url(this.file.file, this.conversation);

  #open() {
    return this.#tried(async () => (this.url = await this.#find()));
  }

  #show = () => this.#tried(() => openTab(this.#find));

  /** @param {() => Promise<any>} what */
  async #tried(what) {
    try {
      await what();
      this.gone = false;
    } catch {
      this.gone = true;
    }
  }
}

customElements.define("ot-files", Attach);
customElements.define("ot-file", FilePart);
