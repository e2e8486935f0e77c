/** The hub's time as this page knows it, and the beat that running times are redrawn on. */
import { Watched } from "./watched.js";

export class Clock {
  /** Told every second while somebody watches and the page is seen. */
  seconds = new Beat(1_000);
  /** The same, every half minute. */
  minutes = new Beat(30_000);
  /** What the hub's clock is ahead of ours, in ms. */
  #ahead = 0;

  /** Epoch ms by the hub's clock. */
  now() {
    return Date.now() + this.#ahead;
  }

  /**
   * Deadlines are given in the hub's time: a computer whose clock is off would drain them wrongly.
   * @param {unknown} now the hub's time as it just said it, epoch ms
   */
  learn(now) {
    if (typeof now === "number") this.#ahead = now - Date.now();
  }
}

class Beat extends Watched {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {number} every in ms */
  constructor(every) {
    super();
    this.every = every;
  }

  /** @param {() => void} told */
  watch(told) {
    const stop = super.watch(told);
    this.#timer ??= setInterval(() => document.hidden || this.changed(), this.every);
    return () => {
      stop();
      if (this.watched) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }
}
