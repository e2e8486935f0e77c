/** The calls that go on, for those who look after them; and the one that this page listens to. */
import { Call } from "../calls/call.js";
import { Local } from "../calls/local.js";
import { Signals } from "../calls/signals.js";
import { Watched } from "./watched.js";

/** How often (ms) the list is asked for while somebody looks at it. */
const LOOK = 5_000;

/** @typedef {{conversation: string, customer: any, call: import("./call-fold.js").StaffFact, quality: Record<string, import("../calls/figures.js").Figures>}} Going */
/** @typedef {"listen" | "whisper"} Mode */

/** A supervisor's part: nothing is sent, but for what is whispered to agents. */
export class Listening extends Call {
  /** @param {Signals} signals @param {string} id @param {Local} local @param {Mode} mode */
  constructor(signals, id, local, mode) {
    super(signals, id, local);
    this.mode = mode;
  }

  /** @param {import("../calls/peer.js").Peer} peer @param {"audio" | "video"} kind */
  give(peer, kind) {
    if (this.mode === "whisper" && peer.party.startsWith("agent:")) super.give(peer, kind);
  }
}

export class Supervision extends Watched {
  /** null while they were not told yet. @type {Going[] | null} */
  going = null;
  /** @type {import("../sdk/failure.js").Failure | null} */
  problem = null;
  /** Why the microphone can't be had. @type {import("../calls/local.js").Unusable | null} */
  unusable = null;
  /** Whom we listen to. @type {Going | null} */
  current = null;
  /** @type {Listening | null} */
  call = null;
  /** What the log says of it, as far as we went along. @type {import("./call-fold.js").StaffFact | null} */
  #known = null;
  /** @type {any} */
  #timer = null;

  /** @param {import("../sdk/socket.js").Socket} socket @param {import("./calls.js").Calls} calls */
  constructor(socket, calls) {
    super();
    this.socket = socket;
    this.calls = calls;
    calls.watch(() => this.#look());
  }

  /** Keeps the list fresh until `rest`. */
  async follow() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.follow(), LOOK);
    await this.load();
  }

  rest() {
    clearTimeout(this.#timer);
  }

  async load() {
    try {
      this.going = (await this.socket.request("calls.list")).d?.calls ?? [];
      this.problem = null;
    } catch (/** @type {any} */ why) {
      if (why.code !== "disconnected") this.problem = why;
    }
    this.changed();
  }

  /** @returns {Mode | ""} */
  get mode() {
    return this.call?.mode ?? "";
  }

  /** What else is going on keeps this page from listening. */
  get free() {
    return !this.calls.current?.call && !this.calls.current?.local;
  }

  /** Listens to one, or to another one instead. @param {Going} it */
  async listen(it) {
    if (this.current) await this.stop();
    this.current = it;
    this.#known = null;
    await this.#as("listen");
  }

  /** @param {boolean} on */
  whisper(on) {
    return this.#as(on ? "whisper" : "listen");
  }

  /** Comes in as a party. @returns {Promise<boolean>} */
  async join() {
    const it = this.current;
    if (!it || !(await this.#ask("call.supervise", { mode: "join" }))) return false;
    this.#leave();
    await this.calls.of(it.conversation).take();
    return true;
  }

  async stop() {
    if (this.current) await this.#ask("call.hangup");
    this.#leave();
  }

  end() {
    this.rest();
    this.#leave();
  }

  /** Each mode is a place of its own in the call: what could send once sends no more. @param {Mode} mode */
  async #as(mode) {
    const it = /** @type {Going} */ (this.current);
    const local = new Local();
    this.unusable = null;
    try {
      if (mode === "whisper") await local.open("audio");
    } catch (/** @type {any} */ why) {
      this.unusable = why;
      return this.changed();
    }
    if (!(await this.#ask("call.supervise", { mode }))) {
      local.close();
      if (!this.call) this.#leave();
      return;
    }
    this.#drop();
    const call = (this.call = new Listening(new Signals(this.socket, it.conversation), it.call.id, local, mode));
    call.on("change", () => this.changed());
    call.on("over", () => call === this.call && this.#leave());
    void call.join();
    this.changed();
  }

  /** @param {string} type @param {object} [d] */
  async #ask(type, d = {}) {
    const { conversation, call } = /** @type {Going} */ (this.current);
    try {
      await this.socket.request(type, { conversation, call: call.id, ...d });
      this.problem = null;
      return true;
    } catch (/** @type {any} */ why) {
      this.problem = why;
      this.changed();
      return false;
    }
  }

  /**
   * The call that we listen to is over, or we were asked in and came: then another part of this page is our place in it.
   * Or it goes on in a room, and so do we. (By the relay, the others take us along.)
   */
  #look() {
    const fact = this.current && this.calls.of(this.current.conversation).fact;
    if (!fact || fact === this.#known) return;
    this.#known = fact;
    const inside = fact.parties.some((it) => it.party === this.calls.party);
    if (fact.state === "over" || fact.id !== this.current?.call.id || inside) this.#leave();
    else if (fact.topology === "room") this.call?.follow(fact);
  }

  #drop() {
    const { call } = this;
    this.call = null;
    call?.end("left");
  }

  #leave() {
    if (!this.current) return;
    this.#drop();
    this.current = null;
    this.changed();
    void this.load();
  }
}
