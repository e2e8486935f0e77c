// One conversation as a page sees it: its log, those it absorbed, its state, who types, and what waits to be sent.

import { Emitter } from "./emitter.js";
import { EMPTY, apply } from "./fold.js";
import { Log } from "./log.js";
import { merge, nextToPage } from "./merge.js";
import { Receipts } from "./receipts.js";
import { Typing } from "./typing.js";

const PAGE = 50;

/** Frames that are about one conversation. */
export const FRAMES = ["event", "next", "live", "reset", "resync", "typing"];

/** Emits `change` after anything that a screen may show, and `message` for each new message of the other side. */
export class Thread extends Emitter {
  /** @type {import("./fold.js").Conversation} */
  state = EMPTY;
  #base = EMPTY;
  /** @type {import("./log.js").EventFrame[] | null} */
  #merged = null;
  #filling = false;
  /** @type {Promise<any> | null} */
  #paging = null;
  /** @type {any} */
  #timer = null;

  /**
   * @param {import("./socket.js").Socket} socket
   * @param {string} conversation
   * @param {{side?: "customer" | "staff", outbox?: import("./outbox.js").Outbox}} [options]
   */
  constructor(socket, conversation, { side = "staff", outbox } = {}) {
    super();
    this.socket = socket;
    this.conversation = conversation;
    this.side = side;
    this.outbox = outbox;
    this.log = new Log(conversation);
    /** @type {Log[]} */
    this.absorbed = [];
    const tell = (/** @type {boolean} */ on) => socket.send({ t: "typing", on, conversation });
    this.typing = new Typing(socket.platform, tell, () => this.emit("change"));
    const receipt = (/** @type {string} */ type, /** @type {number} */ seq) => this.ask(type, { seq });
    this.receipts = new Receipts(socket.platform, receipt, () => this.#where());
  }

  /** Everything held, in order. */
  get events() {
    return (this.#merged ??= merge([this.log, ...this.absorbed]));
  }

  /** What was written here and is not in the log yet. */
  get pending() {
    return this.outbox?.entries ?? [];
  }

  /** There is more to page back to. */
  get more() {
    return !!nextToPage([this.log, ...this.absorbed]);
  }

  /** Messages of the other side that this side has not read. */
  get unread() {
    return this.log.events.filter((event) => this.#incoming(event) && event.seq > this.state.read[this.side]).length;
  }

  /** @param {string} type @param {object} d @param {string} [id] */
  ask(type, d, id) {
    return this.socket.request(type, { conversation: this.conversation, ...d }, id);
  }

  /** What the hub says the conversation is, as of `seq`. @param {any} said @param {string} epoch @param {number} seq */
  is(said, epoch, seq) {
    if (this.log.epoch && this.log.epoch !== epoch) this.log.reset(epoch);
    this.log.epoch = epoch;
    this.#base = { ...EMPTY, ...said, seq };
    this.#changed();
  }

  /** A frame about this conversation or one that it absorbed. @param {any} frame */
  receive(frame) {
    if (frame.t === "event") this.#event(frame);
    if (frame.t === "next") this.log.next(frame.seq);
    if (frame.t === "live") this.log.wentLive(frame);
    if (frame.t === "reset") this.log.reset(frame.epoch);
    if (frame.t === "resync") this.#resync();
    if (frame.t === "typing") this.typing.heard(frame.by, frame.on);
    else this.#changed();
    if (frame.t === "live") this.emit("live");
  }

  /** Reads one page further back. Rejects with a Failure. */
  older() {
    const log = nextToPage([this.log, ...this.absorbed]);
    if (!log) return Promise.resolve();
    this.#paging ??= this.#page(log, log.start || log.upto + 1).finally(() => (this.#paging = null));
    return this.#paging;
  }

  interrupted() {
    this.log.interrupted();
  }

  /** @param {string} conversation */
  owns(conversation) {
    return conversation === this.conversation || this.absorbed.some((log) => log.conversation === conversation);
  }

  /** @param {import("./log.js").EventFrame} event */
  #event(event) {
    const log = this.#logOf(event.conversation);
    const live = log === this.log && log.live;
    const taken = log.take(event);
    if (taken === "gap") this.#fill();
    this.#said(event);
    if (live && taken !== "dup" && this.#incoming(event)) this.emit("message", event);
  }

  /** A message in the log is not pending any more, and who sent it has stopped typing. */
  #said(event) {
    if (event.type !== "message.created") return;
    this.outbox?.drop(event.id);
    this.typing.heard(event.by, false);
  }

  /** @param {string} conversation */
  #logOf(conversation) {
    return this.absorbed.find((log) => log.conversation === conversation) ?? this.log;
  }

  /** Something between what we hold and the newest is missing: page back until both ends meet. */
  async #fill() {
    if (this.#filling) return;
    this.#filling = true;
    try {
      for (let before = this.log.tip, more = true; more && before > this.log.seq + 1; ) {
        ({ before, more } = await this.#page(this.log, before));
      }
      this.log.filled();
    } catch {
      this.log.interrupted(); // the connection went, too: resuming from `seq` brings it all
    }
    this.#filling = false;
  }

  /** Too much was missed to be replayed: show the newest page, older ones on demand. */
  #resync() {
    this.log.reset();
    this.#page(this.log, 0).catch(() => this.log.reset());
  }

  /** @param {Log} log @param {number} before */
  async #page(log, before) {
    const { d } = await this.ask("history", { conversation: log.conversation, before, limit: PAGE });
    if (log === this.log && d.epoch && d.epoch !== log.epoch) return { before: 0, more: false };
    log.page(before, d);
    for (const event of d.events) this.#said(event);
    this.#changed();
    return { before: d.oldest, more: d.more };
  }

  #changed() {
    this.#merged = null;
    this.state = this.log.events.reduce(apply, this.#base);
    this.#absorb();
    if (this.log.live) return this.emit("change");
    // Of a replay, many events in one go, screens are told every 100 ms: they draw the whole thread each time.
    this.#timer ??= this.socket.platform.after(() => {
      this.#timer = null;
      this.emit("change");
    }, 100);
  }

  /** Opens the logs of customers who turned out to be this one, and closes those that were given back. */
  #absorb() {
    const named = this.state.absorbed;
    const held = (/** @type {{source: string, upto: number}} */ { source, upto }) =>
      this.absorbed.find((log) => log.conversation === source && log.upto === upto);
    if (named.length === this.absorbed.length && named.every(held)) return;
    this.absorbed = named.map((it) => held(it) ?? this.#older(it.source, it.upto));
  }

  /** @param {string} source @param {number} upto */
  #older(source, upto) {
    const log = new Log(source, upto);
    log.more = true;
    this.#page(log, upto + 1).catch(() => {}); // asked again when somebody scrolls back
    return log;
  }

  /** @param {import("./log.js").EventFrame} event */
  #incoming(event) {
    return event.type === "message.created" && (event.by.kind === "customer") !== (this.side === "customer");
  }

  #where() {
    const newest = this.log.events.findLast((event) => this.#incoming(event))?.seq ?? 0;
    return { newest, read: this.state.read[this.side], delivered: this.state.delivered[this.side] };
  }
}
