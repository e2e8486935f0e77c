// Tells the hub how far this side has received and read; quietly, and no more often than needed.

/** Several messages in a row are confirmed by one receipt (ms). */
const PAUSE = 400;

export class Receipts {
  #told = { read: 0, delivered: 0 };
  /** @type {any} */
  #timer = null;
  #visible = false;

  /**
   * @param {import("./platform.js").Platform} platform
   * @param {(type: string, seq: number) => Promise<any>} tell
   * @param {() => {newest: number, read: number, delivered: number}} where the newest message of the other side,
   *   and how far the log says that this side has come
   */
  constructor(platform, tell, where) {
    this.platform = platform;
    this.tell = tell;
    this.where = where;
  }

  /** The newest message is (not) before somebody's eyes. Call it whenever either may have changed. */
  look(visible) {
    this.#visible = visible;
    const { newest, read, delivered } = this.where();
    const due = newest > Math.max(visible ? read : delivered, this.#told[visible ? "read" : "delivered"]);
    if (due && !this.#timer) this.#timer = this.platform.after(() => this.#send(), PAUSE);
  }

  async #send() {
    this.#timer = null;
    const kind = this.#visible ? "read" : "delivered";
    const { newest } = this.where();
    const before = this.#told[kind];
    if (newest <= before) return;
    this.#told[kind] = newest;
    // Lost with the connection: the next look asks again.
    await this.tell(`message.${kind}`, newest).catch(() => (this.#told[kind] = before));
  }
}
