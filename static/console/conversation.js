/** A conversation that is open in the console: its thread, what staff see of it, its context, what waits to be sent. */
import { apply } from "./staff-fold.js";
import { keyOf } from "./timeline.js";
import { Watched } from "./watched.js";

/** @typedef {import("./order.js").Row} Row */
/** @typedef {import("../sdk/failure.js").Failure} Failure */

export class Conversation extends Watched {
  /** @type {"opening" | "open" | "failed"} */
  state = "opening";
  /** @type {Failure | null} */
  problem = null;
  /** @type {import("../sdk/thread.js").Thread | null} */
  thread = null;
  /** What the CRM knows; null while it was not asked or has not answered. @type {any} */
  context = null;
  /** Key of the first event that was new when the conversation was opened. */
  newFrom = "";
  /** As the hub told it when we began to follow. @type {Row | null} */
  #told = null;
  #marked = false;
  /** @type {{events: unknown, row: Row | null}} */
  #folded = { events: null, row: null };

  /**
   * @param {string} id
   * @param {import("../sdk/threads.js").Threads} threads
   * @param {import("../sdk/outbox.js").Outbox} outbox
   */
  constructor(id, threads, outbox) {
    super();
    this.id = id;
    this.threads = threads;
    this.outbox = outbox;
    outbox.on("change", () => this.changed());
  }

  async open() {
    try {
      const { thread, row, context } = await this.threads.follow(this.id, { side: "staff", outbox: this.outbox });
      if (!this.thread) this.#listen(thread);
      this.#told = row;
      if (context) this.context = context;
      this.state = "open";
      this.problem = null;
    } catch (why) {
      this.#failed(/** @type {Failure} */ (why));
    }
    this.changed();
  }

  /** What it is now: as the hub told it, and everything since. @returns {Row | null} */
  get row() {
    const told = this.#told;
    if (!told || !this.thread) return told;
    const { log, state } = this.thread;
    if (this.#folded.events !== state) {
      const base = /** @type {Row} */ ({ ...told, .../** @type {any} */ (state) });
      this.#folded = { events: state, row: log.events.filter((it) => it.seq > told.seq).reduce(apply, base) };
    }
    return this.#folded.row;
  }

  /** @returns {import("./timeline.js").Seen[]} */
  get events() {
    return this.thread?.events ?? [];
  }

  get pending() {
    return this.outbox.entries;
  }

  get live() {
    return this.thread?.log.live ?? false;
  }

  get more() {
    return this.thread?.more ?? false;
  }

  /** The newest handoff brief of the open session. @returns {import("./timeline.js").Seen | undefined} */
  get brief() {
    const opened = this.events.findLast((it) => it.type === "session.opened");
    return this.events.findLast((it) => it.type === "handoff.briefed" && it.at >= (opened?.at ?? 0));
  }

  /** How far a message of ours has come. @param {import("./timeline.js").Seen} event @returns {"sent" | "delivered" | "read"} */
  reached(event) {
    const state = this.thread?.state;
    if (!state || event.conversation !== this.id) return "sent";
    if (event.seq <= state.read.customer) return "read";
    return event.seq <= state.delivered.customer ? "delivered" : "sent";
  }

  older() {
    return this.thread?.older() ?? Promise.resolve();
  }

  /** @param {string} text */
  post(text) {
    this.newFrom = "";
    this.thread?.typing.stopped();
    this.outbox.add({ kind: "text", text });
  }

  /** @param {string} id */
  retry(id) {
    this.outbox.retry(id);
  }

  /** @param {string} id */
  discard(id) {
    this.outbox.drop(id);
  }

  /** @param {any} context */
  attach(context) {
    this.context = context;
    this.changed();
  }

  /** Somebody (doesn't) look at its newest message. Only its owner's eyes count for the customer. @param {string} agent @param {boolean} eyes */
  look(agent, eyes) {
    const owner = this.row?.owner;
    if (owner?.kind === "agent" && owner.id === agent && this.live) this.thread?.receipts.look(eyes);
  }

  /** Where the divider of what is new stands; fixed until the conversation is opened anew. */
  mark() {
    this.#marked = false;
    this.#place();
  }

  #place() {
    const state = this.thread?.state;
    if (this.#marked || !state || !this.live) return;
    const first = this.events.find(
      (it) => it.type === "message.created" && it.by.kind === "customer" && it.conversation === this.id && it.seq > state.read.staff,
    );
    this.newFrom = first ? keyOf(first) : "";
    this.#marked = true;
  }

  /** @param {import("../sdk/thread.js").Thread} thread */
  #listen(thread) {
    this.thread = thread;
    thread.on("change", () => {
      this.#place();
      this.changed();
    });
    thread.on("live", () => this.outbox.flush());
  }

  /** @param {Failure} why */
  #failed(why) {
    // Without a connection there is nothing to say here: the next one tries again.
    if (why.code === "disconnected" || this.state === "open") return;
    this.state = "failed";
    this.problem = why;
  }
}
