// Messages written but not yet in the log. Kept on the device, sent one after the other, always under the same id.

import { Emitter } from "./emitter.js";
import { delay } from "./backoff.js";
import { ulid } from "./ulid.js";

/**
 * @typedef {object} Pending
 * @property {string} id the request's ULID: the hub carries the same id out once
 * @property {any} content
 * @property {number} [reply_to]
 * @property {number} at epoch milliseconds
 * @property {"queued" | "sending" | "sent" | "failed"} state
 * @property {string} [error] the code it was refused with
 */

const KEY = "outbox:";

/** Emits `change`. One stored entry per message: two tabs never overwrite each other's. */
export class Outbox extends Emitter {
  /** @type {Pending[]} */
  entries = [];
  #busy = false;
  #tries = 0;
  /** @type {any} */
  #timer;

  /**
   * @param {import("./storage.js").Memory} memory
   * @param {(entry: Pending) => Promise<any>} post rejects with a Failure
   * @param {import("./platform.js").Platform} platform
   */
  constructor(memory, post, platform) {
    super();
    this.memory = memory;
    this.post = post;
    this.platform = platform;
    this.reload();
  }

  /** Takes over what is stored: what an earlier page left, what another tab wrote or got sent. */
  reload() {
    const stored = this.memory.keys(KEY).map((key) => this.memory.get(key));
    const mine = new Map(this.entries.map((entry) => [entry.id, entry]));
    const unsent = stored.map((entry) => mine.get(entry.id) ?? { ...entry, state: entry.error ? "failed" : "queued" });
    const known = new Set(unsent.map((entry) => entry.id));
    const sent = this.entries.filter((entry) => entry.state === "sent" && !known.has(entry.id));
    this.entries = [...sent, ...unsent].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.emit("change");
  }

  /** Another page wrote `key` (null: it wiped everything). Only what is ours matters. @param {string | null} key */
  stored(key) {
    if (!key || key.startsWith(this.memory.prefix + KEY)) this.reload();
  }

  /** @param {any} content @param {number} [reply_to] */
  add(content, reply_to) {
    /** @type {Pending} */
    const entry = { id: ulid(), content, reply_to, at: this.platform.now(), state: "queued" };
    this.entries = [...this.entries, entry];
    this.#keep(entry);
    this.flush();
    return entry;
  }

  /** The customer wants a refused one tried again. @param {string} id */
  retry(id) {
    const entry = this.entries.find((one) => one.id === id);
    if (!entry) return;
    delete entry.error;
    entry.state = "queued";
    this.#keep(entry);
    this.flush();
  }

  /** It is in the log (or not wanted any more): the log shows it from now on. @param {string} id */
  drop(id) {
    this.memory.remove(KEY + id);
    if (!this.entries.some((entry) => entry.id === id)) return;
    this.entries = this.entries.filter((entry) => entry.id !== id);
    this.emit("change");
  }

  /** Sends what waits, in the order it was written. Called whenever there is a connection. */
  async flush() {
    if (this.#busy) return;
    this.#busy = true;
    this.platform.cancel(this.#timer);
    for (let entry; (entry = this.entries.find((one) => one.state === "queued")); ) {
      if (!(await this.#send(entry))) break;
    }
    this.#busy = false;
  }

  /** @param {Pending} entry @returns {Promise<boolean>} whether to go on with the next */
  async #send(entry) {
    entry.state = "sending";
    this.emit("change");
    try {
      await this.post(entry);
      entry.state = "sent";
      this.memory.remove(KEY + entry.id);
      this.#tries = 0;
      return true;
    } catch (/** @type {any} */ why) {
      return this.#refused(entry, why);
    } finally {
      this.emit("change");
    }
  }

  /** @param {Pending} entry @param {import("./failure.js").Failure} why */
  #refused(entry, why) {
    entry.state = why.retry ? "queued" : "failed";
    if (!why.retry) {
      entry.error = why.code;
      this.#keep(entry);
      return true;
    }
    // Without a connection the next one flushes; with one, the hub asked for patience.
    const ms = why.retryAfter ? why.retryAfter * 1000 : delay(this.#tries++, this.platform.random);
    if (why.code !== "disconnected") this.#timer = this.platform.after(() => this.flush(), ms);
    return false;
  }

  /** @param {Pending} entry */
  #keep(entry) {
    this.memory.set(KEY + entry.id, entry);
    this.emit("change");
  }
}
