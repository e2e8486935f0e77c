/** Short words about what just happened, with an undo while there is one. */
import { Watched } from "./watched.js";

const SECONDS = 8;

/**
 * @typedef {object} Toast
 * @property {number} id
 * @property {string} text
 * @property {"ok" | "error"} tone
 * @property {string} [code] of an error, for support
 * @property {(() => void)} [undo]
 */

export class Toasts extends Watched {
  /** @type {Toast[]} */
  shown = [];
  #last = 0;
  /** @type {Map<number, ReturnType<typeof setTimeout>>} */
  #timers = new Map();

  /** @param {string} text @param {() => void} [undo] */
  say(text, undo) {
    this.#show({ text, tone: "ok", undo });
  }

  /** @param {string} text @param {string} [code] */
  fail(text, code) {
    this.#show({ text, tone: "error", code });
  }

  /** @param {number} id */
  drop(id) {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.shown = this.shown.filter((it) => it.id !== id);
    this.changed();
  }

  /** Nobody loses an undo while the pointer or the focus is on it. */
  hold() {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  release() {
    for (const { id } of this.shown) this.#expire(id);
  }

  /** Undoes the newest, as its key does. @returns {boolean} was there anything to undo? */
  undo() {
    const it = this.shown.findLast((toast) => toast.undo);
    if (!it) return false;
    this.drop(it.id);
    it.undo?.();
    return true;
  }

  /** @param {Omit<Toast, "id">} toast */
  #show(toast) {
    const id = ++this.#last;
    this.shown = [...this.shown.slice(-2), { ...toast, id }];
    this.#expire(id);
    this.changed();
  }

  /** @param {number} id */
  #expire(id) {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(id, setTimeout(() => this.drop(id), SECONDS * 1_000));
  }
}
