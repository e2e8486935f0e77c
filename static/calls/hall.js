// A call in a room: one connection that sends, one that receives all the others. Loaded when a call becomes one.
//
// The hub speaks with the room. We offer what we send, and it answers; it offers what we receive, and we answer.

import { Emitter } from "../sdk/emitter.js";
import { measured } from "./figures.js";

/** What we send of each picture: there are many on each screen, and each of us sends one for all. */
const CAMERA = { scaleResolutionDownBy: 1.5, maxFramerate: 20, maxBitrate: 500_000 };
const SCREEN = { scaleResolutionDownBy: 1, maxFramerate: 15, maxBitrate: 1_000_000 };
/** How long (ms) a path may be silent before we come in anew, and wait before something is said once more. */
const SILENT = 3_000;
/** So long (ms) the tile of somebody who is away is kept. */
const KEPT = 60_000;
const AGAIN = 500;

/** One of the others, as a Peer is of whom we are connected with. */
class Seat extends Emitter {
  shows = { audio: true, video: false, screen: false };
  /** @type {any} */
  #gone = null;

  /** @param {Hall} hall @param {import("./peer.js").Other} other */
  constructor(hall, other) {
    super();
    Object.assign(this, other, { hall });
    this.stream = hall.stream(other.party);
    this.stop = hall.on("change", () => this.emit("change"));
  }

  /** The hub has lost them. Who does not come back keeps no tile; should they after all, they are met anew. */
  set away(away) {
    const { platform, peers } = this.hall.call;
    platform.cancel(this.#gone);
    const go = () => {
      peers.delete(this.party);
      this.emit("change");
      this.close();
    };
    this.#gone = away ? platform.after(go, KEPT) : null;
  }

  get away() {
    return this.#gone !== null;
  }

  get state() {
    return this.stream.getTracks().length ? this.hall.into.connectionState : "new";
  }

  get met() {
    return this.state === "connected";
  }

  async again() {
    this.away = false;
    this.emit("change");
  }

  /** The room mends itself, all of it at once. */
  async flows() {
    return true;
  }

  async put() {}

  /** All come by one connection: one of us measures it. */
  async measure() {
    const [first] = this.hall.call.peers.values();
    return first === this ? this.hall.measure() : null;
  }

  close() {
    this.stop();
    this.away = false;
  }
}

/** Emits `change`. */
export class Hall extends Emitter {
  /** @type {RTCPeerConnection} */
  out;
  /** @type {RTCPeerConnection} */
  into;
  place = "";
  /** By party. @type {Map<string, MediaStream>} */
  #streams = new Map();
  /** @type {Record<string, RTCRtpSender>} */
  #senders = {};
  #chain = Promise.resolve();
  /** Offers of a place that we do not know of yet. @type {any[]} */
  #early = [];
  /** @type {import("./figures.js").Counted | undefined} */
  #counted;
  /** @type {any} */
  #timer;

  /** @param {import("./call.js").Call} call */
  constructor(call) {
    super();
    this.call = call;
    this.stop = call.local.on("track", (/** @type {any} */ { kind, track }) => this.#put(kind, track));
  }

  /** After each time that we joined: at the same place all goes on, at another one it begins anew. @param {string} place @param {RTCConfiguration} ice */
  enter(place, ice) {
    this.ice = ice;
    if (place !== this.place) this.#begin(place);
    else if (this.out.signalingState === "have-local-offer") void this.#say();
  }

  /** @param {import("./peer.js").Other} other @returns {any} as a Peer is */
  meet(other) {
    return new Seat(this, other);
  }

  /** What comes from a party. @param {string} party @returns {MediaStream} */
  stream(party) {
    const known = this.#streams.get(party) ?? new MediaStream();
    this.#streams.set(party, known);
    return known;
  }

  /** An offer of all that we are to receive; one after the other. @param {any} frame */
  receive(frame) {
    if (frame.place !== this.place) return void (this.#early = [...this.#early, frame].slice(-4));
    this.#chain = this.#chain.then(() => this.#take(frame)).catch(() => {}); // closed meanwhile, or told again
    return this.#chain;
  }

  /** @returns {Promise<import("./figures.js").Figures | null>} */
  async measure() {
    if (this.into.connectionState !== "connected") return null;
    const { figures, counted } = measured((await this.into.getStats()).values(), this.#counted);
    this.#counted = counted;
    return figures;
  }

  /** @returns {undefined} */
  close() {
    this.stop();
    this.#hangUp();
  }

  #hangUp() {
    this.call.platform.cancel(this.#timer);
    for (const rtc of [this.out, this.into]) {
      if (rtc) rtc.onconnectionstatechange = null;
      rtc?.close();
    }
  }

  /** @param {string} place */
  #begin(place) {
    this.#hangUp();
    this.place = place;
    this.out = this.#connection();
    this.into = this.#connection();
    // Who only listens has nothing to offer.
    if (this.call.mode !== "listen") this.#send();
    for (const frame of this.#early.splice(0)) void this.receive(frame);
  }

  #send() {
    const { microphone, picture, stream } = this.call.local;
    // Both from the start, whatever we have by now: so nothing has to be offered again.
    for (const [kind, track] of /** @type {const} */ ([["audio", microphone], ["video", picture]])) {
      const how = kind === "video" ? { sendEncodings: [{ ...this.#size }] } : {};
      this.#senders[kind] = this.out.addTransceiver(track ?? kind, { direction: "sendonly", streams: [stream], ...how }).sender;
    }
    void this.#offer();
  }

  #connection() {
    const rtc = new RTCPeerConnection(this.ice);
    rtc.onconnectionstatechange = () => this.#moved();
    return rtc;
  }

  /** A path that is lost takes our place with it: we come in anew. */
  #moved() {
    const { platform } = this.call;
    const states = [this.out, this.into].map((it) => it.connectionState);
    platform.cancel(this.#timer);
    if (states.includes("failed")) this.call.anew();
    else if (states.includes("disconnected")) this.#timer = platform.after(() => this.call.anew(), SILENT);
    this.emit("change");
  }

  get #size() {
    return this.call.local.screen ? SCREEN : CAMERA;
  }

  /** @param {"audio" | "video"} kind @param {MediaStreamTrack | null} track */
  async #put(kind, track) {
    const sender = this.#senders[kind];
    await sender?.replaceTrack(track);
    if (kind !== "video" || !sender) return;
    const sends = sender.getParameters();
    Object.assign(sends.encodings[0], this.#size);
    await sender.setParameters(sends);
  }

  async #offer() {
    try {
      await this.out.setLocalDescription();
    } catch {
      return; // closed meanwhile
    }
    await this.#say();
  }

  async #say() {
    const { out } = this;
    try {
      const answer = await this.#ask("offer", /** @type {string} */ (out.localDescription?.sdp), 0);
      if (out === this.out && out.signalingState === "have-local-offer") await out.setRemoteDescription(answer);
    } catch (/** @type {any} */ why) {
      if (out !== this.out || out.signalingState === "closed") return;
      // A call that is over, or goes on otherwise, is told by the log.
      if (why.code === "bad_description") this.call.end(why.code);
      // Without a connection, `enter` says it with the next one.
      else if (why.retry && why.code !== "disconnected") this.call.platform.after(() => out === this.out && this.#say(), AGAIN);
    }
  }

  /** @param {{sdp: string, generation: number, streams: {mid: string, party: string}[]}} offer */
  async #take({ sdp, generation, streams }) {
    const { into } = this;
    await into.setRemoteDescription({ type: "offer", sdp });
    this.#spread(new Map(streams.map((it) => [it.mid, it.party])));
    await into.setLocalDescription();
    await this.#ask("answer", /** @type {string} */ (into.localDescription?.sdp), generation); // lost: it is offered again
  }

  /** Who is heard and seen on which line: these may change hands. @param {Map<string, string>} parties by mid */
  #spread(parties) {
    for (const { mid, receiver } of this.into.getTransceivers()) {
      const party = parties.get(/** @type {string} */ (mid));
      for (const [whose, stream] of this.#streams) if (whose !== party) stream.removeTrack(receiver.track);
      if (party) this.stream(party).addTrack(receiver.track);
    }
    this.emit("change");
  }

  /** @param {"offer" | "answer"} type @param {string} sdp @param {number} generation */
  #ask(type, sdp, generation) {
    const { id: call, pc, signals } = this.call;
    return signals.ask("rtc.description", { call, to: "room", pc, generation, type, sdp });
  }
}
