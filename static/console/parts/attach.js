/** <ot-attach>: files that an agent sends, by button, paste or drop. <ot-file>: one that was sent, seen or opened. */
import { html, nothing, repeat } from "../../vendor/lit.js";
import { Files, openTab, SHOWN, size } from "../../sdk/files.js";
import { icon } from "../icons.js";
import { Part } from "../part.js";

/** These are not cured by trying again. */
const FINAL = ["too_long", "empty", "not_owner"];

/** What is on its way stays with its conversation, whatever is looked at meanwhile. @type {Map<string, Files>} */
const all = new Map();

/** @param {import("../main.js").App} app @param {string} conversation */
function filesOf(app, conversation) {
  const known = all.get(conversation) ?? new Files(app.socket, "", conversation);
  all.set(conversation, known);
  return known;
}

export class Attach extends Part {
  static properties = { conversation: { attribute: false } };

  constructor() {
    super();
    /** @type {import("../conversation.js").Conversation} */
    this.conversation = /** @type {any} */ (undefined);
    /** @type {AbortController | null} */
    this.hears = null;
    /** @type {{files: Files, stop: () => void} | null} */
    this.follows = null;
  }

  connectedCallback() {
    super.connectedCallback();
    const place = this.closest("ot-thread") ?? this.closest(".composer") ?? this;
    const { signal } = (this.hears = new AbortController());
    place.addEventListener("paste", (event) => this.#files.take(event, /** @type {ClipboardEvent} */ (event).clipboardData), { signal });
    place.addEventListener("drop", (event) => this.#files.take(event, /** @type {DragEvent} */ (event).dataTransfer), { signal });
    place.addEventListener("dragover", (event) => /** @type {DragEvent} */ (event).dataTransfer?.types.includes("Files") && event.preventDefault(), { signal });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.hears?.abort();
    this.follows?.stop();
    this.follows = null;
  }

  get #files() {
    const files = filesOf(this.app, this.conversation.id);
    if (this.follows?.files !== files) {
      this.follows?.stop();
      this.follows = { files, stop: files.on("change", () => this.requestUpdate()) };
    }
    return files;
  }

  render() {
    const label = this.t("file.attach");
    return html`<input type="file" multiple hidden @change=${(/** @type {any} */ { target }) => this.#files.chosen(target)}>
      <button type="button" class="button bare quiet" aria-label=${label} data-tip=${label} @click=${() => this.querySelector("input")?.click()}>${icon("attach")}</button>
      ${repeat(this.#files.sending, (it) => it.id, (it) => this.#sending(it))}`;
  }

  /** @param {import("../../sdk/files.js").Sending} it */
  #sending(it) {
    const { name } = it.file;
    const files = this.#files;
    if (!it.failed) {
      const n = this.app.words.number(Math.round(it.share * 100));
      return html`<p class="file-sending" role="status"><span class="grow clip" dir="auto">${this.t("file.sending", { name, n })}</span><progress max="1" .value=${it.share} aria-label=${name}></progress>
        <button type="button" class="button quiet" @click=${() => files.drop(it)}>${this.t("file.drop")}</button></p>`;
    }
    const key = `file.failed.${it.failed}`;
    const most = size(this.app.socket.welcome?.limits.file_bytes ?? 0, this.app.words.language);
    return html`<p class="file-sending problem" role="alert"><span class="grow" dir="auto">${this.t(this.app.words.has(key) ? key : "file.failed", { name, most })}</span>
      ${FINAL.includes(it.failed) ? nothing : html`<button type="button" class="button quiet" @click=${() => files.again(it)}>${this.t("message.retry")}</button>`}
      <button type="button" class="button quiet" @click=${() => files.drop(it)}>${this.t("file.drop")}</button></p>`;
  }
}

export class FilePart extends Part {
  static properties = { content: { attribute: false }, log: { attribute: false }, url: { state: true }, gone: { state: true } };

  constructor() {
    super();
    /** @type {any} */
    this.content = undefined;
    this.log = "";
    this.url = "";
    this.gone = false;
  }

  render() {
    const { content } = this;
    const shown = SHOWN.includes(content.type);
    if (shown && !this.url && !this.gone) void this.#open();
    const label = this.t("file.open", { name: content.text });
    return html`${shown && this.url
        ? html`<button type="button" class="file-picture" aria-label=${label} @click=${this.#show}>
            <img src=${this.url} alt=${this.t("file.picture", { name: content.text })} width=${content.width || nothing} height=${content.height || nothing} @error=${() => (this.gone = true)}></button>`
        : html`<button type="button" class="file-link" aria-label=${label} @click=${this.#show}>${icon("file")}<span><b dir="auto">${content.text}</b> <small class="muted">${size(content.bytes, this.app.words.language)}</small></span></button>`}
      ${this.gone ? html`<p class="problem" role="alert">${this.t("file.gone")}</p>` : nothing}`;
  }

  #find = () => filesOf(this.app, this.log).url(this.content.file, this.log);

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

customElements.define("ot-attach", Attach);
customElements.define("ot-file", FilePart);
