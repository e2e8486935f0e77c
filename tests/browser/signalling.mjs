// What the hub does for calls, small enough to stand in a test's page: it keeps places and hands on what is whispered.
//
// Served to the engine's own tests (tests/browser/engines.py). The real hub is behind the widget's and console's tests.

import { Emitter } from "/static/sdk/emitter.js";
import { Failure } from "/static/sdk/failure.js";
import { browser } from "/static/sdk/platform.js";
import { ulid } from "/static/sdk/ulid.js";

export class FakeHub {
  /** Whispers that are lost on the way, by a test's wish. @type {(to: string, frame: any) => boolean} */
  loses = () => false;
  /** Everything that was asked or told, in order. @type {{from: string, t: string, d: any}[]} */
  heard = [];
  /** party -> {line, pc, line's own name} @type {Map<string, {line: Line, pc: string}>} */
  places = new Map();
  topology = "direct";

  /** A party's connection. @param {string} party */
  line(party) {
    return new Line(this, party);
  }

  /** @param {string} to @param {any} frame */
  whisper(to, frame) {
    const place = this.places.get(to);
    // As the real one: in order, a little later, and lost when nobody is connected.
    setTimeout(() => place?.line.state === "open" && !this.loses(to, frame) && place.line.emit(frame.t, frame));
  }

  /** @param {Line} line @param {string} t @param {any} d */
  asked(line, t, d) {
    this.heard.push({ from: line.party, t, d });
    if (t === "call.join") return this.join(line, d);
    if (t === "rtc.description" || t === "rtc.candidate") {
      const { to, ...rest } = d;
      this.whisper(to, { t, from: line.party, ...rest });
    }
    if (t === "call.state" || t === "stats.report") {
      const frame = { t: t === "call.state" ? t : "call.quality", from: line.party, ...d };
      for (const party of this.places.keys()) if (party !== line.party) this.whisper(party, frame);
    }
    return {};
  }

  /** @param {Line} line @param {any} d */
  join(line, { call, pc }) {
    const before = this.places.get(line.party);
    if (before && before.line !== line) before.line.emit("call.replaced", { t: "call.replaced", call });
    this.places.set(line.party, { line, pc });
    const polite = (/** @type {string} */ party) => party === "customer";
    const others = [...this.places].filter(([party]) => party !== line.party);
    const first = !before;
    for (const [party] of others) {
      this.whisper(party, { t: "call.peer", call, party: line.party, name: line.party, pc, what: "joined", polite: polite(party), offers: !first && before?.pc !== pc });
    }
    return {
      call, media: "video", topology: this.topology, ice_servers: [], you: line.party,
      others: others.map(([party, place]) => ({ party, name: party, pc: place.pc, polite: polite(line.party), offers: first })),
    };
  }
}

/** A connection that can be cut: the same face as the SDK's Socket. */
export class Line extends Emitter {
  state = "open";
  id = ulid;
  platform = browser;
  /** Does the other end still answer? A half-open connection does not, and does not say so. */
  answers = true;
  reconnects = 0;

  /** @param {FakeHub} hub @param {string} party */
  constructor(hub, party) {
    super();
    this.hub = hub;
    this.party = party;
  }

  now() {
    return Date.now();
  }

  async request(t, d) {
    await Promise.resolve();
    if (this.state !== "open" || !this.answers) throw new Failure("disconnected");
    return { d: this.hub.asked(this, t, d) };
  }

  send({ t, ...d }) {
    if (this.state !== "open" || !this.answers) return;
    if (t === "ping") this.emit("pong", { t: "pong" });
    else this.hub.asked(this, t, d);
  }

  /** Breaks; `back` opens it again. */
  cut() {
    this.#be("waiting");
  }

  back() {
    this.answers = true;
    this.#be("open");
  }

  reconnect() {
    this.reconnects++;
    this.#be("connecting");
  }

  wake() {}

  #be(state) {
    this.state = state;
    this.emit("state", state);
  }
}
