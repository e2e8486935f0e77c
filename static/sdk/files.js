// Files of a conversation: sent whole or not at all, opened by an address that is good for ten minutes.

import { Emitter } from "./emitter.js";
import { Failure, failure } from "./failure.js";
import { ulid } from "./ulid.js";

/** An address is used for so long (ms), which is less than it is good for. */
const FRESH = 8 * 60_000;

/**
 * A file on its way. `share` 0..1 has gone out; `failed` is the code of what went wrong.
 * @typedef {{id: string, file: File, share: number, failed: string, stop: () => void, reply_to?: number}} Sending
 */

/** Emits `change`. */
export class Files extends Emitter {
  /** @type {Sending[]} */
  sending = [];
  /** @type {Map<string, {at: number, url: Promise<string>}>} */
  #urls = new Map();

  /**
   * @param {import("./socket.js").Socket} socket
   * @param {string} host where the hub is, "" = here
   * @param {string} [conversation] for agents; customers have one
   */
  constructor(socket, host, conversation) {
    super();
    this.socket = socket;
    this.host = host;
    this.own = conversation ? { conversation } : {};
  }

  /** Its message comes with the log. @param {File} file */
  async send(file) {
    const it = { id: ulid(), file, share: 0, failed: "", stop: () => {} };
    this.sending = [...this.sending, it];
    await this.#go(it);
  }

  /** What was pasted or dropped, if that was files. @param {Event} event @param {DataTransfer | null} data */
  take(event, data) {
    if (!data?.files.length) return;
    event.preventDefault();
    for (const file of data.files) void this.send(file);
  }

  /** What was chosen. @param {HTMLInputElement} input */
  chosen(input) {
    for (const file of input.files ?? []) void this.send(file);
    input.value = "";
  }

  /** Once more, under the same id: it counts once. @param {Sending} it */
  async again(it) {
    it.failed = "";
    await this.#go(it);
  }

  /** @param {Sending} it */
  drop(it) {
    it.stop();
    this.sending = this.sending.filter((one) => one !== it);
    this.emit("change");
  }

  /** Where it can be seen. @param {string} file @param {string} conversation the log in which it stands @returns {Promise<string>} */
  url(file, conversation) {
    const known = this.#urls.get(file);
    const now = Date.now();
    if (known && now - known.at < FRESH) return known.url;
    const url = this.socket.request("file.open", { file, conversation }).then(({ d }) => this.host + d.url);
    this.#urls.set(file, { at: now, url });
    url.catch(() => this.#urls.delete(file));
    return url;
  }

  /** @param {Sending} it */
  async #go(it) {
    this.emit("change");
    try {
      const { name, size } = it.file;
      if (!size) throw new Failure("empty");
      const { d } = await this.socket.request("file.begin", { ...this.own, name: name.slice(0, 200) || "file", bytes: size }, it.id);
      await this.#put(this.host + d.url, it);
      this.drop(it);
    } catch (/** @type {any} */ why) {
      it.failed = why.code ?? "network";
      this.emit("change");
    }
  }

  /** By XMLHttpRequest: fetch does not tell how much has gone out. @param {string} url @param {Sending} it */
  #put(url, it) {
    return /** @type {Promise<void>} */ (new Promise((done, fail) => {
      const request = new XMLHttpRequest();
      it.stop = () => request.abort();
      request.upload.onprogress = ({ loaded, total }) => {
        it.share = total ? loaded / total : 0;
        this.emit("change");
      };
      request.onload = () => (request.status === 201 ? done() : fail(problem(request.responseText)));
      request.onerror = request.onabort = () => fail(new Failure("network"));
      request.open("PUT", url);
      request.send(it.file);
    }));
  }
}

/** @param {string} text */
function problem(text) {
  try {
    return failure(JSON.parse(text));
  } catch {
    return new Failure("network");
  }
}

/** These are shown in a page; all else is opened or saved by the browser (hub/transport/http/files.py). */
export const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** Shows what `find` gives the address of in a tab of its own: opened before anything is awaited, or it counts as a pop-up. @param {() => Promise<string>} find rejects as it does */
export async function openTab(find) {
  const tab = window.open("", "_blank");
  try {
    const address = await find();
    if (tab) Object.assign(tab, { opener: null, location: address });
  } catch (why) {
    tab?.close();
    throw why;
  }
}

/** "320 KB", "1.2 MB". @param {number} bytes @param {string} locale */
export function size(bytes, locale) {
  const [unit, n] = bytes < 1_000_000 ? ["kilobyte", bytes / 1_000] : ["megabyte", bytes / 1_000_000];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: n < 10 ? 1 : 0 }).format(Math.max(n, 0.1));
}
