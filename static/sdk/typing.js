// Who is typing, on either side. Never stored: a lost "stopped" ends by itself.

/** Tell the other side at most this often (ms); believe it for twice as long. */
const EVERY = 3_000;

export class Typing {
  /** @type {Map<string, {by: any, timer: any}>} */
  #others = new Map();
  #told = 0;

  /**
   * @param {import("./platform.js").Platform} platform
   * @param {(on: boolean) => void} tell
   * @param {() => void} changed
   */
  constructor(platform, tell, changed) {
    this.platform = platform;
    this.tell = tell;
    this.changed = changed;
  }

  get parties() {
    return [...this.#others.values()].map((one) => one.by);
  }

  /** A key was pressed here. */
  pressed() {
    if (this.platform.now() - this.#told < EVERY) return;
    this.#told = this.platform.now();
    this.tell(true);
  }

  /** The text was sent or emptied. */
  stopped() {
    if (this.#told) this.tell(false);
    this.#told = 0;
  }

  /** @param {{kind: string, id: string}} by @param {boolean} on */
  heard(by, on) {
    const key = `${by.kind}:${by.id}`;
    const known = this.#others.get(key);
    if (known) this.platform.cancel(known.timer);
    if (!on && !known) return;
    if (on) this.#others.set(key, { by, timer: this.platform.after(() => this.heard(by, false), 2 * EVERY) });
    else this.#others.delete(key);
    if (on !== !!known) this.changed();
  }
}
