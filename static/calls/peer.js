// One connection to one other party: perfect negotiation (W3C webrtc-pc, 10.7), in either of its two parts.
//
// Offers and answers may cross, get lost with a socket, or arrive twice. The polite side gives way when two offers meet.

import { Emitter } from "../sdk/emitter.js";

/** How long (ms) a path may be silent before it counts as lost: below, it comes back by itself. */
const SILENT = 3_000;
/** How long (ms) we look whether anything still comes in, and wait before a description is sent once more. */
const LOOK = 250;
const AGAIN = 500;
/** As long (ms) we wait for an answer, or for an offer that the other side owes us: what is whispered may be lost. */
const PATIENCE = 3_000;

/** @typedef {{party: string, name: string, pc: string, polite: boolean, offers: boolean, mode?: "listen" | "whisper", shows?: {audio: boolean, video: boolean, screen: boolean}}} Other as `call.join` tells of one */

/** Emits `change`, `lost` (its path is silent), `stuck` (it never had one) and `failed` (a description was refused for good). */
export class Peer extends Emitter {
  /** What comes from there. */
  stream = new MediaStream();
  /** What they say that they send. */
  shows = { audio: true, video: false, screen: false };
  /** The hub has lost them; their place is kept. */
  away = false;
  /** Was there ever a connection? Only what was there can come back. */
  met = false;
  /** Rises with each ICE restart of either side: what belongs to an older one is stale. */
  generation = 0;
  /** @type {import("./figures.js").Figures | null} */
  figures = null;

  #making = false;
  #answering = false;
  #ignores = false;
  /** A description that did not get out. */
  #unsent = false;
  /** Of the newest description that was told. */
  #turn = 0;
  /** The offer that we answered last, while that answer is what we are. */
  #answered = "";
  /** Candidates that came before their description. @type {any[]} */
  #early = [];
  /** @type {Record<string, RTCRtpSender>} */
  #senders = {};
  #chain = Promise.resolve();
  /** @type {import("./figures.js").Counted | undefined} */
  #counted;
  /** @type {any} */
  #timer;

  /**
   * @param {Other} other
   * @param {RTCConfiguration} ice
   * @param {{describe: (d: object) => Promise<any>, candidate: (d: object) => void}} out
   * @param {import("../sdk/platform.js").Platform} platform
   * @param {Peer | void} before the connection to them until now: it goes on, and is shown, until this one is there
   */
  constructor(other, ice, out, platform, before) {
    super();
    const { stream, shows } = before ?? this;
    Object.assign(this, { out, platform, before, stream, shows }, other);
    before?.still();
    /** May we begin? Once we have heard from them, either side may. */
    this.begins = other.offers;
    this.rtc = new RTCPeerConnection(ice);
    this.rtc.onnegotiationneeded = () => this.begins && this.#offer();
    this.rtc.onicecandidate = ({ candidate }) => candidate?.candidate && out.candidate({ generation: this.generation, candidate: candidate.candidate, mid: candidate.sdpMid ?? "" });
    this.rtc.ontrack = ({ track }) => this.#came(track);
    this.rtc.onconnectionstatechange = () => this.#moved();
    this.#wait(1);
  }

  /**
   * Not connected yet? Both may have waited for the other: then it is the one whose offer wins who begins. What leads
   * nowhere is begun anew, and soon where the browser does not even try (Chromium may be stuck so over an offer that was
   * taken back; a new path does not help it). @param {number} times
   */
  #wait(times) {
    this.platform.after(() => {
      if (this.met || this.rtc.signalingState === "closed") return;
      if (this.#heardNothing) times > (this.polite ? 1 : 0) && this.#offer();
      else if (times > (this.rtc.iceConnectionState === "new" ? 1 : 3)) this.emit("stuck");
      this.#wait(times + 1);
    }, PATIENCE);
  }

  /** Who has nothing to send has nothing to begin with. */
  get #heardNothing() {
    return this.rtc.getTransceivers().length && this.rtc.signalingState === "stable" && !this.rtc.remoteDescription;
  }

  get state() {
    return (this.before ?? this).rtc.connectionState;
  }

  /** Sends `track` to them from now on, or nothing. @param {"audio" | "video"} kind @param {MediaStreamTrack | null} track @param {MediaStream} stream */
  async put(kind, track, stream) {
    const sender = this.#senders[kind];
    if (sender) await sender.replaceTrack(track);
    // addTrack, not addTransceiver: only these are taken up by an offer of theirs that comes first.
    else if (track) this.#senders[kind] = this.rtc.addTrack(track, stream);
  }

  /** A description or candidate of theirs; one after the other. @param {any} frame */
  receive(frame) {
    const take = () => (frame.t === "rtc.candidate" ? this.#candidate(frame) : this.#description(frame));
    this.#chain = this.#chain.then(take).catch(() => {}); // stale by the time its turn came: a newer one is on its way
    return this.#chain;
  }

  /** A new path for the same media. Only by the side whose network changed: both at once only get in each other's way. */
  restart() {
    this.generation++;
    this.#unsent = false;
    this.rtc.restartIce();
    // A stable connection says by itself that it needs an offer; one that waits for an answer does not.
    if (this.rtc.signalingState === "have-local-offer") return this.#offer();
  }

  /** They, or we, are back on the same connection: what was lost on the way is said again. @param {boolean} [offers] it is for us to begin */
  async again(offers = false) {
    this.away = false;
    if (this.#waits) await this.#describe();
    else if (offers && this.#heardNothing) await this.#offer();
    this.emit("change");
  }

  /** For how long (ms) nothing has been heard of a connection on which something was. */
  get quiet() {
    const heard = this.rtc.getReceivers().flatMap((it) => it.getSynchronizationSources());
    return heard.length ? Date.now() - Math.max(...heard.map((it) => it.timestamp)) : 0;
  }

  /** Does anything still come in? */
  async flows() {
    const before = await this.#received();
    await new Promise((done) => this.platform.after(() => done(0), LOOK));
    return (await this.#received()) > before;
  }

  /** Counts since the last time. @returns {Promise<import("./figures.js").Figures | null>} null while there is no connection */
  async measure() {
    if (this.rtc.connectionState !== "connected") return null;
    const { measured } = await import("./figures.js");
    const { figures, counted } = measured((await this.rtc.getStats()).values(), this.#counted);
    this.#counted = counted;
    return (this.figures = figures);
  }

  close() {
    this.still();
    this.before?.close();
    for (const { track } of this.rtc.getReceivers()) this.stream.removeTrack(track);
    this.rtc.close();
  }

  /** Whatever becomes of it, it is neither told nor mended any more. */
  still() {
    this.platform.cancel(this.#timer);
    this.rtc.onconnectionstatechange = null;
  }

  async #offer() {
    try {
      this.#making = true;
      this.#answered = "";
      await this.rtc.setLocalDescription();
    } catch {
      return; // closed meanwhile
    } finally {
      this.#making = false;
    }
    await this.#describe();
  }

  /** Sends what we are, until it arrives or is no longer what we are. */
  async #describe() {
    const told = this.rtc.localDescription;
    if (!told || this.rtc.signalingState === "closed") return;
    const turn = ++this.#turn;
    const once = (/** @type {number} */ ms) => this.platform.after(() => turn === this.#turn && this.#waits && this.#describe(), ms);
    this.#unsent = true;
    try {
      await this.out.describe({ generation: this.generation, type: told.type, sdp: told.sdp });
      this.#unsent = false;
      once(PATIENCE);
    } catch (/** @type {any} */ why) {
      if (!why.retry) this.emit("failed", why);
      // Without a connection, `again` sends it with the next one.
      else if (why.code !== "disconnected") once(AGAIN);
    }
  }

  /** Did it not get out, or is there no answer to it? */
  get #waits() {
    return this.#unsent || this.rtc.signalingState === "have-local-offer";
  }

  /** @param {{type: RTCSdpType, sdp: string, generation: number}} frame */
  async #description({ type, sdp, generation }) {
    if (generation < this.generation) return;
    const newer = generation > this.generation;
    this.generation = generation; // at once: what is begun anew while this is applied is newer still
    const { rtc } = this;
    const ready = !this.#making && (rtc.signalingState === "stable" || this.#answering);
    const meets = type === "offer" && !ready;
    this.#ignores = !this.polite && meets;
    // Ours goes first, but as it was told they would take it for stale. (One that is being made is told when it is.)
    if (this.#ignores) return newer && !this.#making && this.#describe();
    // Said again: our answer was lost. To take it anew would begin things anew that are under way.
    if (type === "offer" && sdp === this.#answered) return this.#describe();
    this.#answering = type === "answer";
    await rtc.setRemoteDescription({ type, sdp }).finally(() => (this.#answering = false));
    this.begins = true;
    if (type === "offer") {
      await rtc.setLocalDescription();
      this.#answered = sdp;
      void this.#describe();
    }
    for (const frame of this.#early.splice(0)) await this.#candidate(frame);
  }

  /** @param {{candidate: string, mid: string, generation: number}} frame */
  async #candidate(frame) {
    if (frame.generation < this.generation || this.#ignores) return;
    const known = this.rtc.remoteDescription && frame.generation === this.generation;
    if (known) await this.rtc.addIceCandidate({ candidate: frame.candidate, sdpMid: frame.mid });
    else this.#early.push(frame);
  }

  /** @param {MediaStreamTrack} track */
  #came(track) {
    this.stream.addTrack(track);
    this.emit("change");
  }

  #moved() {
    const now = this.rtc.connectionState;
    this.platform.cancel(this.#timer);
    this.met ||= now === "connected";
    // A moment later: by then they are connected as well, and something comes.
    if (now === "connected") this.#timer = this.platform.after(() => (this.before = this.before?.close()), AGAIN);
    if (now === "disconnected") this.#timer = this.platform.after(() => this.emit("lost"), SILENT);
    if (now === "failed") this.emit("lost");
    this.emit("change");
  }

  async #received() {
    const pairs = [...(await this.rtc.getStats()).values()].filter((it) => it.type === "transport");
    return pairs.reduce((n, it) => n + it.bytesReceived, 0);
  }
}
