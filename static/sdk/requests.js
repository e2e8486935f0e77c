// Requests under way: each gets exactly one answer, or fails when the connection does.

import { Failure, failure } from "./failure.js";

/** An answer slower than this (ms) is given up on; the same id may be asked again. */
const PATIENCE = 15_000;

/** @typedef {{t: "ack", ref: string, seq?: number, dup?: boolean, d?: any}} Ack */

export class Requests {
  /** Those that have no answer yet. @type {Map<string, {resolve: (ack: Ack) => void, reject: (why: Failure) => void, timer: any}>} */
  open = new Map();

  /** @param {import("./platform.js").Platform} platform */
  constructor(platform) {
    this.platform = platform;
  }

  /** @param {string} id @returns {Promise<Ack>} */
  expect(id) {
    return new Promise((resolve, reject) => {
      const timer = this.platform.after(() => this.#reject(id, new Failure("timeout")), PATIENCE);
      this.open.set(id, { resolve, reject, timer });
    });
  }

  /** An `ack` or `error` frame came. @param {any} frame */
  settle(frame) {
    if (frame.t === "error") return this.#reject(frame.ref, failure(frame));
    this.#take(frame.ref)?.resolve(frame);
  }

  /** The connection is gone. Whether the hub carried them out is unknown; ids make asking again safe. */
  disconnected() {
    for (const id of [...this.open.keys()]) this.#reject(id, new Failure("disconnected"));
  }

  /** @param {string} id @param {Failure} why */
  #reject(id, why) {
    this.#take(id)?.reject(why);
  }

  /** @param {string} id */
  #take(id) {
    const request = this.open.get(id);
    this.open.delete(id);
    if (request) this.platform.cancel(request.timer);
    return request;
  }
}
