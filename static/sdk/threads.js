// Many conversations on one socket: frames go to their thread. After a reconnect, each is followed from where it was.

import { Emitter } from "./emitter.js";
import { FRAMES, Thread } from "./thread.js";

/** Emits `stranger` with frames of a conversation that nobody follows here. */
export class Threads extends Emitter {
  /** @type {Map<string, Thread>} */
  #open = new Map();

  /** @param {import("./socket.js").Socket} socket */
  constructor(socket) {
    super();
    this.socket = socket;
    for (const type of FRAMES) socket.on(type, (frame) => this.#route(frame));
    socket.on("state", (state) => state !== "open" && this.#open.forEach((thread) => thread.interrupted()));
  }

  /** @param {string} conversation */
  get(conversation) {
    return this.#open.get(conversation);
  }

  /** @param {Thread} thread */
  add(thread) {
    this.#open.set(thread.conversation, thread);
    return thread;
  }

  /** @param {string} conversation */
  remove(conversation) {
    this.#open.delete(conversation);
  }

  /**
   * An agent opens a conversation: `{thread, row, context}`. Rejects with a Failure.
   * @param {string} conversation @param {ConstructorParameters<typeof Thread>[2]} [options]
   */
  async follow(conversation, options) {
    const known = this.#open.get(conversation);
    // Registered before the answer comes: the replay is right behind it.
    const thread = known ?? this.add(new Thread(this.socket, conversation, options));
    try {
      const resume = thread.log.point;
      const { d } = await this.socket.request("conversation.follow", { conversation, ...(resume && { resume }) });
      thread.is(d.conversation, d.conversation.epoch, d.conversation.seq);
      return { thread, row: d.conversation, context: d.context };
    } catch (why) {
      if (!known) this.remove(conversation);
      throw why;
    }
  }

  /** @param {string} conversation */
  async unfollow(conversation) {
    this.remove(conversation);
    await this.socket.request("conversation.unfollow", { conversation });
  }

  /** @param {any} frame */
  #route(frame) {
    const thread = this.#open.get(frame.conversation) ?? [...this.#open.values()].find((one) => one.owns(frame.conversation));
    if (thread) thread.receive(frame);
    else this.emit("stranger", frame);
  }
}
