// While in a call: is the hub still there? A half-open socket says nothing by itself, and would keep a call dead.

/** A ping each second (ms); three without an answer, and the connection is given up. */
const BEAT = 1_000;
const MISSED = 3;
/** An attempt to connect that takes longer (ms) is begun anew: networks come back without a word. */
const CONNECT = 3_000;
/** When asked to look: as long (ms) an answer may take. */
const SOON = 500;
/** As long (ms) we wait between attempts, whatever the usual backoff says: somebody is waiting on the line. */
const RETRY = 500;

export class Pulse {
  #missed = 0;
  /** @type {any} */
  #timer = null;

  /** @param {import("../sdk/socket.js").Socket} socket */
  constructor(socket) {
    this.socket = socket;
    this.stops = [socket.on("pong", () => (this.#missed = 0)), socket.on("state", () => this.#follow())];
    this.#follow();
  }

  /** The call has fallen silent: is it us? Another network says nothing to a socket of the one before. */
  probe() {
    if (this.socket.state !== "open" || this.#missed >= MISSED) return;
    this.#missed = MISSED;
    this.socket.send({ t: "ping" });
    this.#after(SOON, () => this.#beat());
  }

  stop() {
    this.stops.splice(0).forEach((stop) => stop());
    this.socket.platform.cancel(this.#timer);
  }

  #follow() {
    this.#missed = 0;
    const { state, platform } = this.socket;
    platform.cancel(this.#timer);
    if (state === "open") this.#beat();
    if (state === "connecting") this.#after(CONNECT, () => this.#again());
    if (state === "waiting") this.#after(RETRY, () => this.socket.wake());
  }

  #beat() {
    if (this.#missed++ === MISSED) return this.#again();
    this.socket.send({ t: "ping" });
    this.#after(BEAT, () => this.#beat());
  }

  /** Reconnecting while connecting is no change of state, so nobody tells us: the next attempt is watched from here. */
  #again() {
    this.socket.reconnect();
    this.#follow();
  }

  /** @param {number} ms @param {() => void} run */
  #after(ms, run) {
    const { platform } = this.socket;
    platform.cancel(this.#timer);
    this.#timer = platform.after(run, ms);
  }
}
