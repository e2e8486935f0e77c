/** The connection as the agent needs to know it: fine, coming back, offline, over; and what waits to be sent. */
import { Watched } from "./watched.js";

/** A connection that comes back sooner than this (ms) was never worth a word. */
const PATIENCE = 1_500;

export class Line extends Watched {
  /** @type {import("../sdk/socket.js").State} */
  state = "idle";
  /** Why it is closed for good, a code of the hub. */
  reason = "";
  /** Not open for longer than a moment. */
  troubled = false;
  /** Messages that wait to be sent. */
  queued = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #ended = new AbortController();

  /** @param {import("../sdk/socket.js").Socket} socket */
  constructor(socket) {
    super();
    socket.on("state", (/** @type {any} */ state) => this.#be(state));
    socket.on("closed", (/** @type {{reason: string}} */ { reason }) => this.#close(reason));
    const { signal } = this.#ended;
    for (const type of ["online", "offline"]) window.addEventListener(type, () => this.changed(), { signal });
    this.#be(socket.state);
  }

  /** The computer itself has no network. */
  get offline() {
    return !navigator.onLine;
  }

  /** @param {number} n */
  waits(n) {
    if (n === this.queued) return;
    this.queued = n;
    this.changed();
  }

  end() {
    clearTimeout(this.#timer);
    this.#ended.abort();
  }

  /** @param {import("../sdk/socket.js").State} state */
  #be(state) {
    this.state = state;
    if (state === "open") this.#settle();
    else this.#timer ??= setTimeout(() => this.#trouble(), PATIENCE);
    this.changed();
  }

  #settle() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.troubled = false;
    this.reason = "";
  }

  #trouble() {
    this.troubled = true;
    this.changed();
  }

  /** @param {string} reason */
  #close(reason) {
    this.reason = reason;
    this.troubled = true;
    this.changed();
  }
}
