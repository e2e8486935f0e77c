// A conversation's calls as this party lives them on this page: what happens now, and what can be done about it.
//
//   none -> asking (for the microphone) -> calling | incoming -> joining -> connecting -> live <-> reconnecting -> over
//   elsewhere: the call goes on, on another device or tab of ours

import { Emitter } from "../sdk/emitter.js";
import { Call } from "./call.js";
import { keep, kept } from "./kept.js";
import { Local } from "./local.js";

/** The text that people are asked with whether they may be recorded; a new text gets a new name. */
export const CONSENT_TEXT = "2026-11";

/** @typedef {"none" | "asking" | "calling" | "incoming" | "elsewhere" | "over" | import("./call.js").State} Stage */

/** Emits `change`. */
export class Phone extends Emitter {
  /** @type {import("./fold.js").Fact | null} */
  fact = null;
  /** @type {Call | null} */
  call = null;
  /** @type {Local | null} what this device gives, while it gives anything */
  local = null;
  /** Why something could not be done: a device (`reason` of Unusable) or a code of the hub. @type {{reason: string, device: string} | null} */
  problem = null;
  /** The call that was over last on this page, until somebody has seen it. @type {{reason: string, seconds: number, asked: boolean} | null} */
  last = null;
  /** What was asked for last. @type {"audio" | "video"} */
  wished = "audio";
  #asking = false;
  /** The call that this page asked for or accepted. */
  #wanted = "";
  #resumed = false;

  /**
   * @param {import("./signals.js").Signals} signals
   * @param {string} conversation
   * @param {string} me the party that this page is
   */
  constructor(signals, conversation, me) {
    super();
    this.signals = signals;
    this.conversation = conversation;
    this.me = me;
  }

  /** @returns {Stage} */
  get stage() {
    if (this.#asking && this.local) return "asking";
    if (this.call) return this.call.state;
    const { fact } = this;
    if (this.ringsMe && this.#wanted !== fact?.id) return "incoming";
    if (fact?.state === "live" && this.#inside) return this.#wanted === fact.id ? "joining" : "elsewhere";
    if (fact?.state === "ringing" && this.#wanted === fact.id) return "calling";
    return this.last ? "over" : this.#wanted ? "calling" : "none";
  }

  /** All devices of a party ring; an expert who is asked in hears it while the others talk. */
  get ringsMe() {
    const { fact, me } = this;
    return fact?.state === "ringing" || fact?.held ? fact.to === me : !!this.invitation;
  }

  /** Mine, into a call that others are in. */
  get invitation() {
    const { fact, me } = this;
    return fact?.state === "live" ? fact.invited?.find((it) => it.party === me) : undefined;
  }

  /** Since when they talk here, in seconds by the hub's clock. */
  get seconds() {
    return this.fact?.accepted_at ? Math.max(0, (this.signals.socket.now() - this.fact.accepted_at) / 1_000) : 0;
  }

  /** Is there a question whether we may be recorded that waits for us? */
  get consentAsked() {
    const { fact, me } = this;
    return !!fact?.consent && !fact.recording && !fact.granted.includes(me);
  }

  get #inside() {
    return this.fact?.parties.some((it) => it.party === this.me);
  }

  /** Is there nothing in the way of a call? */
  get free() {
    return ["none", "over"].includes(this.stage) && (!this.fact || this.fact.state === "over");
  }

  /** Of them with whom we talk. @returns {import("./peer.js").Peer[]} */
  get peers() {
    return this.call?.parties ?? [];
  }

  /** What the log says by now. @param {import("./fold.js").Fact | null} fact */
  learn(fact) {
    if (fact === this.fact) return;
    if (fact && fact.id !== this.fact?.id) this.last = null; // of the one before
    this.fact = fact;
    if (fact && fact.id === this.#wanted && !this.#asking) this.#follow(fact);
    this.#resume();
    this.emit("change");
  }

  /** Asks for a call. @param {"audio" | "video"} media */
  async begin(media) {
    const id = (this.#wanted = this.signals.id());
    this.wished = media;
    this.last = null;
    if (!(await this.#ready(media))) return;
    if (!(await this.#ask("call.request", { media }, id))) this.#leave();
    else if (this.fact?.id === id) this.#follow(this.fact);
  }

  /** @param {"audio" | "video"} media what we give: who is called by video may answer without a picture */
  async accept(media) {
    const id = (this.#wanted = this.fact?.id ?? "");
    if (!(await this.#ready(media))) return;
    if (!(await this.#ask("call.accept", { call: id }))) this.#leave();
    else if (this.fact?.state === "live") this.#follow(this.fact);
  }

  /** @param {"declined" | "busy"} [reason] */
  decline(reason = "declined") {
    return this.#ask("call.decline", { call: this.fact?.id, reason });
  }

  async cancel() {
    const id = this.#wanted;
    this.#leave();
    if (this.fact?.id === id) await this.#ask("call.cancel", { call: id });
  }

  async hangup() {
    const id = this.#wanted;
    this.call?.end("hungup");
    await this.#ask("call.hangup", { call: id });
  }

  /** Takes the call from another tab or device of ours. Without a picture, if we don't know of one: nobody is filmed unawares. @param {"audio" | "video"} [media] @param {boolean} [muted] */
  async take(media = "audio", muted = false) {
    this.#wanted = this.fact?.id ?? "";
    if (!(await this.#ready(media))) return;
    this.mute(muted);
    if (this.fact) this.#follow(this.fact);
  }

  /** Changes what this device gives; why it can't is the `problem`. @param {(local: Local) => Promise<void>} what @returns {Promise<boolean>} */
  async give(what) {
    try {
      this.problem = null;
      if (this.local) await what(this.local);
      return true;
    } catch (/** @type {any} */ why) {
      // Who closed the picker of screens has changed their mind, no more.
      if (why.device !== "screen" || why.reason !== "denied") this.problem = why;
      return false;
    } finally {
      this.emit("change");
    }
  }

  /** Our camera; in an audio call it makes a video call of it. @param {boolean} on */
  async film(on) {
    if (!(await this.give((local) => local.film(on)))) return;
    if (on && this.fact?.media === "audio") await this.#ask("call.upgrade", { call: this.#wanted });
  }

  /** @param {boolean} on */
  share(on) {
    return this.give((local) => local.share(on));
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.local?.mute(muted);
  }

  /** @param {"request" | "grant" | "refuse" | "withdraw"} what */
  consent(what) {
    return this.#ask(`consent.${what}`, { call: this.fact?.id, text_version: what === "request" ? CONSENT_TEXT : this.fact?.consent });
  }

  /** Anything else that is asked of this call. @param {string} type @param {object} [d] @returns {Promise<boolean>} was it done? */
  ask(type, d = {}) {
    return this.#ask(type, { call: this.fact?.id, ...d });
  }

  /** What was told has been seen. */
  dismiss() {
    this.last = this.problem = null;
    this.emit("change");
  }

  /** The page or the conversation is closed: our place in the call is kept for who comes back. */
  close() {
    this.call?.end("left");
    this.local?.close();
  }

  /** Goes along with what the log says of the call that we want. @param {import("./fold.js").Fact} fact */
  #follow(fact) {
    if (fact.state === "live" && this.#inside && !this.call && this.local) this.#enter(fact.id);
    if (fact.state === "live") this.call?.follow(fact);
    if (fact.state !== "over") return;
    this.last = { reason: fact.reason ?? "", seconds: fact.seconds ?? 0, asked: fact.by === this.me };
    if (this.call) this.call.end(fact.reason);
    else this.#leave();
  }

  /** @param {string} id */
  #enter(id) {
    const local = /** @type {Local} */ (this.local);
    const call = (this.call = new Call(this.signals, id, local));
    call.on("change", () => this.#keep());
    call.on("over", (/** @type {string} */ why) => this.#ended(why));
    this.#keep();
    void call.join();
  }

  /** @param {string} why */
  #ended(why) {
    this.call = null;
    if (why !== "left") {
      // Replaced, it goes on: there they are told of its end.
      if (why !== "replaced") this.last ??= { reason: why, seconds: Math.round(this.seconds), asked: this.fact?.by === this.me };
      keep(null);
    }
    this.#leave();
  }

  /** Nothing is given any more, and nothing wanted. */
  #leave() {
    this.local?.close();
    this.local = null;
    this.#wanted = "";
    this.emit("change");
  }

  #keep() {
    const { call, local, conversation } = this;
    if (call && local && !call.over) keep({ call: call.id, conversation, audio: !local.muted, video: !!local.camera });
    this.emit("change");
  }

  /** The page was reloaded in the middle of a call: go on with what was on. */
  async #resume() {
    if (this.#resumed || !this.fact) return;
    this.#resumed = true;
    const was = kept();
    if (was?.conversation !== this.conversation) return;
    if (was.call !== this.fact.id || this.fact.state !== "live") return keep(null);
    await this.take(was.video ? "video" : "audio", !was.audio);
  }

  /** Microphone first: nobody shall be rung by somebody who can't speak. @param {"audio" | "video"} [media] @returns {Promise<boolean>} */
  async #ready(media) {
    this.problem = null;
    this.#asking = true;
    this.emit("change");
    const local = (this.local = new Local());
    local.on("change", () => this.#keep());
    try {
      this.problem = await local.open(media);
      return this.local === local || (local.close(), false); // given up while the browser asked
    } catch (/** @type {any} */ why) {
      this.problem = why;
      if (this.local === local) this.#leave();
      return false;
    } finally {
      this.#asking = false;
      this.emit("change");
    }
  }

  /** Says it, once more with the next connection if this one breaks: the id makes sure that it counts once. */
  async #ask(type, d, id = this.signals.id()) {
    if (!this.problem?.device) this.problem = null; // that there is no camera stays worth knowing
    for (let tries = 0; tries < 5; tries++) {
      try {
        await this.signals.ask(type, d, id);
        return true;
      } catch (/** @type {any} */ why) {
        if (why.code === "disconnected") await this.#connected();
        else {
          this.problem = { reason: why.code, device: "" };
          this.emit("change");
          return false;
        }
      }
    }
    return false;
  }

  #connected() {
    return /** @type {Promise<void>} */ (new Promise((done) => {
      if (this.signals.open) return done();
      const stop = this.signals.on("state", (state) => state === "open" && done(stop()));
    }));
  }
}
