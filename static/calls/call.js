// A call as one party is in it: joined by way of the hub, a Peer for each other party, mended whenever something breaks.
//
//   joining -> connecting -> live <-> reconnecting      `over` when it has ended here

import { Emitter } from "../sdk/emitter.js";
import { Peer } from "./peer.js";
import { Pulse } from "./pulse.js";

/** Statistics every so often, in ms. */
const REPORT = 5_000;
/** How long (ms) we sit alone before we ask who is there: two who join at once may miss each other. */
const ALONE = 2_000;
/** So much silence (ms) of all others makes us look whether it is our own network; looked at so often. */
const QUIET = 400;
const LISTEN = 250;
/** Frames that wait for our place, or for the party to be made known; more are dropped. */
const EARLY = 64;
/** The hub says so when there is no such call any more. */
const GONE = ["call_over", "not_found", "gone", "forbidden"];

/** @typedef {"joining" | "connecting" | "live" | "reconnecting" | "over"} State */

/** Emits `change` after anything that a screen may show, and `over` (why) once. */
export class Call extends Emitter {
  /** By party. @type {Map<string, Peer>} */
  peers = new Map();
  topology = "";
  /** Where more of us meet than each with each. @type {import("./hall.js").Hall | undefined} */
  #hall;
  joined = false;
  over = "";
  /** Of our own connections: a word, and figures behind it. @type {{word: "good" | "fair" | "poor", figures: import("./figures.js").Figures} | null} */
  quality = null;
  /** @type {RTCConfiguration} */
  #ice = {};
  /** @type {any[]} */
  #early = [];
  /** @type {any} */
  #timer;
  #joining = false;
  /** Something has changed since we asked to join. */
  #again = false;
  /** Was there ever a connection? */
  #lived = false;

  /**
   * @param {import("./signals.js").Signals} signals
   * @param {string} id
   * @param {import("./local.js").Local} local
   */
  constructor(signals, id, local) {
    super();
    this.signals = signals;
    this.id = id;
    this.local = local;
    /** Of this page's part in the call. */
    this.pc = signals.id();
    this.platform = signals.socket.platform;
    this.pulse = new Pulse(signals.socket);
    this.#listen();
    this.stops = [
      local.on("track", ({ kind }) => this.peers.forEach((peer) => this.give(peer, kind))),
      local.on("change", () => this.#tell()),
      signals.on("state", (/** @type {string} */ state) => (state === "open" ? this.join() : this.emit("change"))),
      ...Object.entries(this.#frames).map(([type, react]) => signals.on(type, (frame) => frame.call === id && react(frame))),
    ];
  }

  /** @type {Record<string, (frame: any) => void>} */
  #frames = {
    "rtc.description": (frame) => this.#heard(frame),
    "rtc.candidate": (frame) => this.#heard(frame),
    "call.peer": (frame) => this.#heard(frame),
    "call.state": (frame) => this.#heard(frame),
    "call.replaced": () => this.end("replaced"),
    "call.moved": () => this.anew(),
  };

  /** @returns {State} */
  get state() {
    if (this.over) return "over";
    const peers = this.parties;
    if (!this.joined && !peers.length) return this.#lived ? "reconnecting" : "joining";
    if (peers.some((it) => it.state === "connected" && !it.away) && this.signals.open) return "live";
    return this.#lived ? "reconnecting" : "connecting";
  }

  /** Of all to whom we are connected, those who talk with us: supervisors only listen. */
  get parties() {
    return [...this.peers.values()].filter((it) => !it.mode);
  }

  /** Takes our place, first or again. Without a connection, the next one does it. */
  async join() {
    if (this.#joining || this.over) return void (this.#again = true);
    this.#joining = true;
    this.#again = false;
    const stayed = [...this.peers.values()];
    try {
      const said = await this.signals.ask("call.join", { call: this.id, pc: this.pc });
      await this.#welcomed(said);
      for (const peer of stayed) if (this.peers.get(peer.party) === peer) void this.#mend(peer);
    } catch (/** @type {any} */ why) {
      this.#refused(why);
    } finally {
      this.#joining = false;
      if (this.#again) void this.join();
    }
  }

  /** Who left is gone, whatever of them still moves; in a room, or by the relay, we go on there. @param {import("./fold.js").Fact} fact */
  follow({ parties, topology }) {
    this.#only(parties, true);
    if (/room|relay/.test(topology) && this.joined && topology !== this.topology) this.anew(topology === "relay");
  }

  /** Ends it here, with every track and connection; the others are not told. @param {string} why */
  end(why) {
    if (this.over) return;
    this.over = why;
    this.stops.splice(0).forEach((stop) => stop());
    this.platform.cancel(this.#timer);
    this.pulse.stop();
    this.#clear();
    this.local.close();
    this.emit("change");
    this.emit("over", why);
  }

  /** @param {any} said */
  async #welcomed({ topology, ice_servers, ice_policy, others, place }) {
    const { pc } = this;
    if (topology === "room") this.#hall ??= new (await import("./hall.js")).Hall(this);
    if (this.over || pc !== this.pc) return;
    this.topology = topology;
    this.#ice = { iceServers: ice_servers, iceTransportPolicy: ice_policy, bundlePolicy: "max-bundle" };
    // Names and passwords for TURN end after some hours: the next path is made with these.
    for (const { rtc } of this.peers.values()) rtc?.setConfiguration(this.#ice);
    this.joined = true;
    this.#hall?.enter(place, this.#ice);
    this.#only(others);
    // What came before this answer was said to the place that we had: two who join anew at once would both offer.
    const met = new Set(others.map((/** @type {{pc: string}} */ it) => it.pc));
    this.#early = this.#early.filter((it) => it.what !== "joined" || !met.has(it.pc));
    for (const other of others) this.#meet(other);
    this.#catchUp();
    this.#timer ??= this.platform.after(() => this.#report(), REPORT);
    if (!this.peers.size) this.platform.after(() => this.peers.size || this.join(), ALONE);
    this.#tell();
  }

  /** @param {any} why a Failure */
  #refused(why) {
    if (GONE.includes(why.code)) return this.end("gone");
    if (!why.retry) return this.end(why.code);
    // A broken connection joins when it is back; a hub or worker that has no time now is asked again.
    if (why.code !== "disconnected") this.platform.after(() => this.join(), 1_000);
    this.emit("change");
  }

  /** Our connection was away. Only who lost the network makes a new path: a hub that restarts takes no media with it. */
  async #mend(peer) {
    await peer.again();
    if (peer.met && (peer.quiet > QUIET || !(await peer.flows())) && this.peers.get(peer.party) === peer) await peer.restart();
  }

  /** @param {import("./peer.js").Other} other @returns {Peer} */
  #meet(other) {
    const known = this.peers.get(other.party);
    if (known && known.pc === other.pc) return known;
    // Who is still heard goes over: their old connection is there until the new one is.
    const before = known?.met && known.quiet < QUIET ? known : known?.close();
    const peer = this.#hall?.meet(other) ?? this.#pair(other, before);
    peer.on("change", () => {
      this.#lived ||= peer.met;
      this.emit("change");
    });
    this.peers.set(other.party, peer);
    this.#catchUp();
    return peer;
  }

  /** @param {import("./peer.js").Other} other @param {Peer | void} before @returns {Peer} */
  #pair(other, before) {
    const { id: call } = this;
    const own = { call, to: other.party, to_pc: other.pc, pc: this.pc };
    const out = {
      describe: (/** @type {object} */ d) => this.signals.ask("rtc.description", { ...own, ...d }),
      candidate: (/** @type {object} */ d) => this.signals.tell("rtc.candidate", { ...own, ...d }),
    };
    const peer = new Peer(other, this.#ice, out, this.platform, before);
    peer.on("lost", () => this.#lost(peer));
    peer.on("stuck", () => peer.mode || this.anew());
    peer.on("failed", (/** @type {any} */ why) => GONE.includes(why.code) || this.end(why.code));
    this.give(peer, "audio");
    this.give(peer, "video");
    return peer;
  }

  /** Drops all others, but maybe for supervisors: the log does not tell everybody of them. @param {{party: string}[]} there @param {boolean} [logged] */
  #only(there, logged) {
    for (const [party, peer] of this.peers) {
      if (there.some((it) => it.party === party) || (logged && peer.mode)) continue;
      peer.close();
      this.peers.delete(party);
      this.emit("change");
    }
  }

  /**
   * What the others say waits for our own place: before the hub has it, an answer of ours would belong to the place that
   * we had. @param {any} frame
   */
  #heard(frame) {
    if (!this.joined) this.#later(frame);
    else if (frame.t === "call.peer") this.#peer(frame);
    else if (frame.t === "call.state") this.#shown(frame);
    else this.#route(frame);
  }

  #catchUp() {
    for (const frame of this.#early.splice(0)) this.#heard(frame);
  }

  /** @param {any} frame */
  #later(frame) {
    this.#early = [...this.#early, frame].slice(-EARLY);
  }

  /** @param {any} frame */
  #route(frame) {
    if (frame.from === "room") return void this.#hall?.receive(frame);
    const peer = this.peers.get(frame.from);
    if (peer?.pc === frame.pc) void peer.receive(frame);
    // Of a connection that is gone, or of one that we shall be told of in a moment.
    else if (!peer || frame.pc > peer.pc) this.#later(frame);
  }

  /** @param {any} frame */
  #peer(frame) {
    const known = this.peers.get(frame.party);
    if (frame.what === "reconnecting") {
      if (known) known.away = true;
      return this.emit("change");
    }
    if (frame.what === "left") return this.#only([...this.peers.values()].filter((it) => it.party !== frame.party));
    if (known?.pc === frame.pc) void known.again(frame.offers);
    else this.#meet(frame);
    this.#tell(); // they know nothing yet of what we send
  }

  /** Its path is silent. Through a relay each side mends its own; between two browsers one of them does. @param {Peer} peer */
  #lost(peer) {
    if ((this.topology === "relay" || !peer.polite) && this.signals.open && !peer.away) void peer.restart();
    this.emit("change");
  }

  #clear() {
    for (const peer of this.peers.values()) peer.close();
    this.peers.clear();
    this.#hall = this.#hall?.close();
  }

  /** New connections all round, the same call: those that there were are gone. @param {boolean} [goesOn] or they are not, yet */
  anew(goesOn) {
    if (!goesOn) this.#clear();
    this.#early = [];
    this.joined = false;
    this.pc = this.signals.id();
    void this.join();
  }

  /** Who tells before we have met them would be without a picture for long. @param {any} frame */
  #shown(frame) {
    const peer = this.peers.get(frame.from);
    if (!peer) return this.#later(frame);
    const { audio, video, screen } = frame;
    peer.shows = { audio, video, screen };
    this.emit("change");
  }

  /** Sends them what we have by now. @param {Peer} peer @param {"audio" | "video"} kind */
  give(peer, kind) {
    void peer.put(kind, kind === "audio" ? this.local.microphone : this.local.picture, this.local.stream);
  }

  #tell() {
    if (this.joined) this.signals.tell("call.state", { call: this.id, ...this.local.shows });
    this.emit("change");
  }

  /** Media tell of a lost network long before a socket does. */
  #listen() {
    if (this.over) return;
    this.platform.after(() => this.#listen(), LISTEN);
    const peers = [...this.peers.values()];
    if (peers.length && peers.every((it) => it.quiet > QUIET)) this.pulse.probe();
  }

  async #report() {
    this.#timer = this.platform.after(() => this.#report(), REPORT);
    // Not needed to be heard, so it comes later; without a network, later still.
    const { quality, worst } = (await import("./figures.js").catch(() => null)) ?? {};
    if (!worst) return;
    const many = (await Promise.all([...this.peers.values()].map((it) => it.measure()))).filter((it) => it !== null);
    if (!many.length || this.over) return;
    const figures = worst(/** @type {any} */ (many));
    this.quality = { word: quality(figures), figures };
    this.signals.tell("stats.report", { call: this.id, ...figures });
    this.emit("change");
  }
}
