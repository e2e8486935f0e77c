// A guest's end: what the link leads to, one socket, one call, and the messages that they may read.
//
//   opening -> reading -> in -> over      `over` also when the link leads nowhere: `why` says it in a word

import { use } from "../calls/devices.js";
import { callOf, ofCalls } from "../calls/fold.js";
import { Local } from "../calls/local.js";
import { Phone } from "../calls/phone.js";
import { Signals } from "../calls/signals.js";
import { Emitter } from "../sdk/emitter.js";
import { Socket } from "../sdk/socket.js";
import { ticket } from "../sdk/tickets.js";
import { ulid } from "../sdk/ulid.js";

/** @typedef {{seq: number, by: {kind: string, name: string}, text: string}} Line */
/** @typedef {{id: string, party: string, name: string, call: string, by: string, briefing: string, card: Record<string, any>}} Me */

/** Emits `change`. */
export class Guest extends Emitter {
  /** @type {Me | null} */
  me = null;
  /** @type {Phone | null} */
  phone = null;
  /** Why there is nothing here any more: an end of the hub's, or an error's code. */
  why = "";
  /** What may be read of the thread, by seq. @type {Map<number, Line>} */
  #lines = new Map();
  /** What was on before they came in: to see oneself, and choose. @type {Local | null} */
  preview = null;
  /** @type {import("../calls/local.js").Unusable | null} */
  unusable = null;
  /** As the hub told it, and what happened since. @type {{call: any, seq: number}} */
  #base = { call: null, seq: 0 };
  /** @type {any[]} */
  #events = [];
  /** Is a supervisor listening, as far as it is told? */
  listening = false;

  /** @param {string} host @param {string} link its secret @param {string} locale */
  constructor(host, link, locale) {
    super();
    this.link = link;
    this.socket = new Socket({
      url: host.replace(/^http/, "ws") + "/ws",
      device: ulid(),
      ticket: (signal) => this.#ticket(host, signal),
      hello: () => ({ locale }),
    });
    this.socket.on("state", () => this.emit("change"));
    this.socket.on("welcome", (frame) => this.#welcomed(frame));
    this.socket.on("event", (frame) => this.#heard(frame));
    this.socket.on("guest.over", ({ why }) => this.#end(why));
  }

  open() {
    if (this.link) this.socket.open();
    else this.#end("link_unknown");
  }

  /** @returns {"opening" | "reading" | "in" | "over"} */
  get stage() {
    if (this.why) return "over";
    if (!this.phone) return "opening";
    return this.phone.invitation && !["asking", "calling"].includes(this.phone.stage) ? "reading" : "in";
  }

  get lines() {
    return [...this.#lines.values()].sort((a, b) => a.seq - b.seq);
  }

  /** What the customer is called: only their card says it, if it was chosen. */
  get customer() {
    return this.me?.card.customer?.name ?? "";
  }

  /** Microphone and camera, seen and heard by nobody else. @param {"audio" | "video"} media */
  async try(media) {
    this.preview ??= new Local();
    this.preview.on("change", () => this.emit("change"));
    try {
      this.unusable = await this.preview.open(media);
    } catch (/** @type {any} */ why) {
      this.unusable = why;
    }
    if (this.stage !== "reading") this.#rest();
    this.emit("change");
  }

  /** @param {"microphone" | "camera"} device @param {string} id */
  async use(device, id) {
    if (this.preview) await use(this.preview, device, id).catch((why) => (this.unusable = why));
    this.emit("change");
  }

  /** @param {"audio" | "video"} media */
  async accept(media) {
    const chosen = Object.entries(this.preview?.chosen ?? {});
    this.#rest();
    await this.phone?.accept(media);
    for (const [device, id] of chosen) await this.phone?.give((local) => use(local, /** @type {any} */ (device), id));
  }

  async decline() {
    this.#rest();
    await this.phone?.decline();
  }

  #rest() {
    this.preview?.close();
    this.preview = null;
  }

  /** @param {string} host @param {AbortSignal} signal */
  async #ticket(host, signal) {
    try {
      return (await ticket(host, { kind: "guest", link: this.link }, signal)).ticket;
    } catch (/** @type {any} */ why) {
      if (!why.retry) this.#end(why.code);
      throw why;
    }
  }

  /** @param {any} frame */
  #welcomed({ guest, conversation, seq, state }) {
    this.me = guest;
    this.#base = { call: state.call, seq };
    this.#events = [];
    if (!this.phone) {
      this.phone = new Phone(new Signals(this.socket), conversation, guest.party);
      this.phone.on("change", () => this.emit("change"));
    }
    this.#learn();
  }

  /** @param {any} event */
  #heard(event) {
    const { type, seq, by, d } = event;
    if (type === "message.created") this.#lines.set(seq, { seq, by, text: d.content.text });
    // The replay begins before what the welcome told.
    if (ofCalls(event) && seq > this.#base.seq) this.#events.push(event);
    this.#learn();
  }

  #learn() {
    if (!this.why) this.phone?.learn(callOf(this.#base.call, this.#events));
    const told = this.#events.findLast((it) => it.type === "call.announced");
    this.listening = told ? told.d.listening : !!this.#base.call?.listening;
    this.emit("change");
  }

  /** @param {string} why */
  #end(why) {
    if (this.why) return;
    this.why = why;
    this.#rest();
    this.phone?.close();
    this.socket.close();
    this.emit("change");
  }
}
