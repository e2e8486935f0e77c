/** The conversations this page follows: the open one, those asked for me, and a few of the last ones for a quick return. */
import { Outbox } from "../sdk/outbox.js";
import { Memory } from "../sdk/storage.js";
import { Conversation } from "./conversation.js";
import { Watched } from "./watched.js";

const KEEP = 8;

export class Conversations extends Watched {
  /** The most recently used last. @type {Map<string, Conversation>} */
  #open = new Map();
  /** Kept apart: what was written must leave even when its conversation was closed here. @type {Map<string, Outbox>} */
  #outboxes = new Map();

  /**
   * @param {import("../sdk/socket.js").Socket} socket
   * @param {import("../sdk/threads.js").Threads} threads
   * @param {Memory} memory this agent's
   * @param {(queued: number) => void} queued told how many messages wait
   */
  constructor(socket, threads, memory, queued) {
    super();
    this.socket = socket;
    this.threads = threads;
    this.memory = memory;
    this.queued = queued;
    socket.on("welcome", () => this.#again());
    socket.on("context", (/** @type {any} */ { conversation, d }) => this.#open.get(conversation)?.attach(d));
    socket.on("reset", (/** @type {any} */ { conversation }) => void this.#open.get(conversation)?.open());
    for (const key of memory.keys("unsent:")) this.#outbox(key.replace(/^unsent:(.+):outbox:.*$/, "$1"));
  }

  /** @param {string} id */
  get(id) {
    return this.#open.get(id);
  }

  /** @param {string} id */
  open(id) {
    const known = this.#open.get(id);
    if (known) this.#open.delete(id);
    const it = known ?? new Conversation(id, this.threads, this.#outbox(id));
    this.#open.set(id, it);
    if (!known || it.state === "failed") void it.open();
    return it;
  }

  /** Rows of what is open. @returns {import("./order.js").Row[]} */
  rows() {
    return [...this.#open.values()].flatMap((it) => it.row ?? []);
  }

  /** Lets go of what nobody needs any more. @param {string[]} needed */
  keepOnly(needed) {
    const spare = [...this.#open.keys()].filter((id) => !needed.includes(id));
    for (const id of spare.slice(0, -KEEP)) {
      this.#open.delete(id);
      this.threads.unfollow(id).catch(() => {}); // a broken connection follows nothing anyway
    }
  }

  /** A new connection: follow everything again, each from where it stopped; rows and contexts come afresh with it. */
  #again() {
    for (const it of this.#open.values()) void it.open();
    for (const outbox of this.#outboxes.values()) void outbox.flush();
  }

  /** @param {string} id */
  #outbox(id) {
    const known = this.#outboxes.get(id);
    if (known) return known;
    const post = (/** @type {any} */ { id: ref, content, reply_to }) =>
      this.socket.request("message.post", { conversation: id, content, reply_to }, ref);
    const { socket } = this;
    const outbox = new Outbox(new Memory(`${this.memory.prefix}unsent:${id}`), post, { ...socket.platform, now: () => socket.now() });
    outbox.on("change", () => this.#count());
    this.#outboxes.set(id, outbox);
    return outbox;
  }

  #count() {
    const waiting = [...this.#outboxes.values()].flatMap((it) => it.entries).filter((it) => it.state === "queued");
    this.queued(waiting.length);
  }
}
