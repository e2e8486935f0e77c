/** What the others in a call report of their lines: who asks "can you hear me" should know whose line it is. */
import { quality } from "../calls/figures.js";

/** @typedef {{word: "good" | "fair" | "poor", figures: any}} Line */

export class FarLines {
  #call = "";
  /** By party. @type {Map<string, Line>} */
  #lines = new Map();

  /** @param {import("../calls/signals.js").Signals} signals @param {() => void} changed */
  constructor(signals, changed) {
    signals.on("call.quality", ({ t, call, from, ...figures }) => {
      if (call !== this.#call) this.#lines.clear();
      this.#call = call;
      this.#lines.set(from, { word: quality(figures), figures });
      changed();
    });
  }

  /** Of those who are still in it. @param {import("../calls/call.js").Call | null} call @returns {[party: string, line: Line][]} */
  of(call) {
    return [...this.#lines].filter(([party]) => call?.id === this.#call && call.peers.has(party));
  }
}
