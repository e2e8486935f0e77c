// While in a call: is the hub still there? A half-open socket says nothing by itself, and would keep a call dead.

import { Heartbeat } from "../sdk/heartbeat.js";

/** A ping each second; two without an answer, and at the third (3 s) the connection is given up. */
const BEAT_S = 1;
/** An attempt to connect that takes longer (ms) is begun anew: networks come back without a word. */
const CONNECT = 3_000;
/** As long (ms) we wait between attempts, whatever the usual backoff says: somebody is waiting on the line. */
const RETRY = 500;

export class Pulse {
  /** @type {Heartbeat | null} */
  #heartbeat = null;
  /** @type {any} */
  #timer = null;

  /** @param {import("../sdk/socket.js").Socket} socket */
  constructor(socket) {
    this.socket = socket;
    this.stops = [
      socket.on("pong", () => this.#heartbeat?.heard()),
      socket.on("state", () => this.#follow()),
    ];
    this.#follow();
  }

  stop() {
    this.stops.splice(0).forEach((stop) => stop());
    this.#rest();
  }

  #follow() {
    this.#rest();
    const { socket } = this;
    const { platform, state } = socket;
    const ping = () => socket.send({ t: "ping" });
    if (state === "open") this.#heartbeat = new Heartbeat(platform, BEAT_S, ping, () => socket.reconnect());
    if (state === "connecting") this.#timer = platform.after(() => this.#again(), CONNECT);
    if (state === "waiting") this.#timer = platform.after(() => socket.wake(), RETRY);
  }

  /** Reconnecting while connecting is no change of state, so nobody tells us: the next attempt is watched from here. */
  #again() {
    this.socket.reconnect();
    this.#follow();
  }

  #rest() {
    this.#heartbeat?.stop();
    this.#heartbeat = null;
    this.socket.platform.cancel(this.#timer);
  }
}
