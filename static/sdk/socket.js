// One live connection to the hub that keeps itself alive: ticket, hello, welcome, heartbeat, and again when it breaks.
//
//   idle -> connecting -> open -> waiting -> connecting …      `closed` when trying again would be wrong

import { STABLE, delay, verdict } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { Failure } from "./failure.js";
import { Heartbeat } from "./heartbeat.js";
import { browser } from "./platform.js";
import { Requests } from "./requests.js";
import { ulid } from "./ulid.js";

export const PROTOCOL = "onethread.v1";

/** From the attempt to `welcome`, in ms. */
const CONNECT = 12_000;
/** An attempt that has taken so long (ms) may wait for the next of its packets, sent ever more seldom. */
const STUCK = 3_000;

/** Half a character (an emoji cut in two) is no text that the hub could read. @param {string} _ @param {unknown} value */
const whole = (_, value) => (typeof value === "string" ? value.replace(/\p{Cs}/gu, "\ufffd") : value);

/** @typedef {"idle" | "connecting" | "open" | "waiting" | "closed"} State */

/**
 * Emits `state` (State), `closed` ({code, reason}), and every frame of the hub under its own type
 * (`welcome`, `event`, `live`, `typing`, `inbox` …).
 */
export class Socket extends Emitter {
  /** @type {State} */
  state = "idle";
  /** @type {any} the last `welcome` */
  welcome = null;
  /** A fresh id: for a request that may have to be asked twice. */
  id = ulid;
  /** Epoch ms of the next attempt while `waiting`. */
  retryAt = 0;

  #attempt = 0;
  #refused = 0;
  /** Of the connection, and before that of the attempt. */
  #since = 0;
  /** What the hub's clock is ahead of ours, in ms. */
  #ahead = 0;
  #goaway = 0;
  /** @type {WebSocket | null} */
  #ws = null;
  /** Of the attempt: a question that nobody waits for any more must not hold one of the browser's few connections. */
  #giveUp = new AbortController();
  /** @type {Heartbeat | null} */
  #heartbeat = null;
  /** @type {any} */
  #timer;
  /** @type {() => void} */
  #asleep = () => {};

  /**
   * @param {object} options
   * @param {string} options.url wss://HOST/ws
   * @param {(signal: AbortSignal) => Promise<string>} options.ticket a fresh one-use ticket, wanted until `signal`; may reject with a Failure
   * @param {string} options.device this page's id
   * @param {() => {locale?: string, page?: string, resume?: object}} [options.hello]
   * @param {import("./platform.js").Platform} [options.platform]
   */
  constructor({ url, ticket, device, hello = () => ({}), platform = browser }) {
    super();
    this.url = url;
    this.ticket = ticket;
    this.device = device;
    this.hello = hello;
    this.platform = platform;
    this.requests = new Requests(platform);
  }

  open() {
    if (this.state !== "idle" && this.state !== "closed") return;
    this.#attempt = this.#refused = 0;
    this.#asleep = this.platform.onWake(() => this.wake());
    this.#connect();
  }

  /** Ends it for good (until `open`). @param {number} [code] */
  close(code = 1000) {
    this.#asleep();
    this.#drop(code);
    this.#set("idle");
  }

  /** Connect anew at once: the identity or what `hello` says has changed. */
  reconnect() {
    if (this.state === "idle" || this.state === "closed") return this.open();
    this.#drop(1000);
    this.#connect();
  }

  /** The network or the page is back: no point in waiting any longer, nor for what was begun without a network. */
  wake() {
    if (this.state === "waiting") this.#connect();
    else if (this.state === "connecting" && this.platform.now() - this.#since > STUCK) this.reconnect();
    else this.#heartbeat?.probe();
  }

  /**
   * @param {string} type @param {object} [d] @param {string} [id] the same id again never acts twice
   * @returns {Promise<import("./requests.js").Ack>} rejects with a Failure
   */
  request(type, d = {}, id = ulid()) {
    if (this.state !== "open") return Promise.reject(new Failure("disconnected"));
    const answer = this.requests.expect(id);
    this.send({ t: type, id, d });
    this.#heartbeat?.asked();
    return answer;
  }

  /** Sends what needs no answer; dropped while there is no connection. @param {object} frame */
  send(frame) {
    if (this.#ws?.readyState === 1) this.#ws.send(JSON.stringify(frame, whole));
  }

  /** Epoch ms by the hub's clock, as far as it has told. */
  now() {
    return this.platform.now() + this.#ahead;
  }

  async #connect() {
    this.platform.cancel(this.#timer);
    this.#since = this.platform.now();
    this.#giveUp = new AbortController();
    this.#set("connecting");
    const mine = (this.#timer = this.platform.after(() => this.#lost(1006), CONNECT));
    try {
      const ticket = await this.ticket(this.#giveUp.signal);
      // A newer attempt, or close(), came while the ticket was on its way.
      if (mine === this.#timer && this.state === "connecting") this.#dial(ticket);
    } catch (error) {
      if (mine === this.#timer && this.state === "connecting") this.#noTicket(error);
    }
  }

  /** @param {string} ticket */
  #dial(ticket) {
    const ws = (this.#ws = this.platform.socket(this.url, PROTOCOL));
    const current = (/** @type {(event: any) => void} */ react) => (/** @type {any} */ event) => {
      if (ws === this.#ws) react(event);
    };
    ws.onopen = current(() => this.send({ t: "hello", ticket, device: this.device, ...this.hello() }));
    ws.onmessage = current((event) => this.#frame(JSON.parse(event.data)));
    ws.onclose = current((event) => this.#lost(event.code, event.reason));
  }

  /** @param {any} frame */
  #frame(frame) {
    if (frame.ref) this.requests.settle(frame);
    this.#heartbeat?.heard();
    if (frame.t === "welcome") this.#welcomed(frame);
    if (frame.t === "goaway") this.#goaway = frame.reconnect_after_ms;
    if (!frame.ref) this.emit(frame.t, frame);
  }

  /** @param {any} frame */
  #welcomed(frame) {
    this.platform.cancel(this.#timer);
    this.#since = this.platform.now();
    this.#refused = 0;
    this.welcome = frame;
    this.#ahead = (frame.now ?? this.#since) - this.#since; // a hub of an older version does not say
    const ping = () => this.send({ t: "ping" });
    this.#heartbeat = new Heartbeat(this.platform, frame.heartbeat_s, this.requests, ping, () => this.#lost(4214));
    this.#set("open");
  }

  /** @param {any} error */
  #noTicket(error) {
    if (error.retry === false) return this.#stop(4001, error.code);
    this.#retry(error.retryAfter ? error.retryAfter * 1000 : this.#backoff());
  }

  /** The connection broke. @param {number} code @param {string} [reason] */
  #lost(code, reason = "") {
    const lived = this.state === "open" ? this.platform.now() - this.#since : -1;
    if (lived >= STABLE) this.#attempt = 0;
    this.#drop(code);
    const what = verdict(code);
    if (what === "stop" || (what === "ticket" && ++this.#refused > 1)) return this.#stop(code, reason);
    // A hub that keeps saying "resume at once" to a newborn connection would make a tight loop.
    const atOnce = what === "ticket" || (what === "resume" && lived >= 1_000);
    this.#retry(this.#goaway || (atOnce ? 0 : this.#backoff()));
    this.#goaway = 0;
  }

  #backoff() {
    return delay(this.#attempt++, this.platform.random);
  }

  /** @param {number} ms */
  #retry(ms) {
    this.retryAt = this.platform.now() + ms;
    this.platform.cancel(this.#timer);
    this.#timer = this.platform.after(() => this.#connect(), ms);
    this.#set("waiting");
  }

  /** @param {number} code @param {string} reason */
  #stop(code, reason) {
    this.#asleep();
    this.platform.cancel(this.#timer);
    this.#set("closed");
    this.emit("closed", { code, reason });
  }

  /** @param {number} code */
  #drop(code) {
    const ws = this.#ws;
    this.#ws = null;
    this.#giveUp.abort();
    this.#heartbeat?.stop();
    this.#heartbeat = null;
    this.platform.cancel(this.#timer);
    this.#timer = null;
    if (ws && ws.readyState < 2) ws.close(code >= 3000 ? code : 1000);
    this.requests.disconnected();
  }

  /** @param {State} state */
  #set(state) {
    if (state === this.state) return;
    this.state = state;
    this.emit("state", state);
  }
}
