// The customer's end: who is on this device, one socket, one thread, and what is still to be sent.

import { Emitter } from "./emitter.js";
import { Failure } from "./failure.js";
import { Outbox } from "./outbox.js";
import { browser } from "./platform.js";
import { Socket } from "./socket.js";
import { Memory } from "./storage.js";
import { FRAMES, Thread } from "./thread.js";
import { ticket } from "./tickets.js";
import { ulid } from "./ulid.js";

/** How long (ms) after `customer.unmerged` we ask: the other thread is told after this one. */
const ALONE = 1_000;

/** @typedef {() => Promise<string | null> | string | null} TokenSource the site's token, fresh each time */

/** A language tag as the hub takes it, whatever a page put into `lang` ("zh_CN"). @param {string} locale */
const tag = (locale) => locale.replace(/[^A-Za-z0-9]+/g, "-").slice(0, 35);

/** Emits `state` (of the socket), `thread` when the conversation is another one, `change`, `message`, `closed`. */
export class Customer extends Emitter {
  /** @type {Thread | null} null until the hub has said which conversation it is */
  thread = null;
  /** Whether any agent is there. */
  online = true;
  /** How the last ticket was got. */
  #kind = "visitor";
  /** A conversation that turned out to be joined to another one. */
  #gone = "";

  /**
   * @param {object} options
   * @param {string} options.host e.g. https://talk.example.com
   * @param {string} options.site
   * @param {"web" | "app"} [options.channel]
   * @param {string} [options.locale]
   * @param {string} [options.page] the address of the page that the customer is on
   * @param {TokenSource | null} [options.token]
   * @param {Memory} [options.memory]
   * @param {import("./platform.js").Platform} [options.platform]
   */
  constructor({ host, site, channel = "web", locale = "", page = "", token = null, memory, platform = browser }) {
    super();
    this.host = host;
    this.site = site;
    this.channel = channel;
    this.locale = locale;
    this.page = page;
    this.token = token;
    this.memory = memory ?? new Memory(`onethread:${site}:${channel}`);
    this.socket = new Socket({
      url: host.replace(/^http/, "ws") + "/ws",
      device: ulid(), // of this page, not of this browser: two tabs are two devices that keep in step
      ticket: (signal) => this.#ticket(signal),
      hello: () => ({ locale: tag(this.locale), page: this.page.slice(0, 500), resume: this.#resume() }),
      platform,
    });
    this.outbox = new Outbox(this.memory, (entry) => this.#post(entry), { ...platform, now: () => this.socket.now() });
    this.#listen();
  }

  get state() {
    return this.socket.state;
  }

  open() {
    this.socket.open();
  }

  close() {
    this.socket.close();
  }

  /** The visitor signed in on the site (or another customer did). @param {TokenSource} token */
  identify(token) {
    this.token = token;
    if (this.socket.state !== "idle") this.socket.reconnect();
  }

  /** @param {any} content */
  post(content) {
    this.thread?.typing.stopped();
    return this.outbox.add(content);
  }

  /** Ends it here: the hub forgets the device, the device forgets the thread. */
  async logout() {
    await this.socket.request("logout").catch(() => {}); // wiped all the same
    this.socket.close();
    this.token = null;
    this.memory.wipe();
    this.outbox.reload();
    this.#forget();
  }

  /** @param {import("./outbox.js").Pending} entry */
  async #post({ id, content, reply_to }) {
    try {
      return await this.socket.request("message.post", { content, reply_to }, id);
    } catch (/** @type {any} */ why) {
      // Joined to another conversation a moment ago: a new ticket leads there, and the same message with it.
      if (why.code !== "gone" || this.#gone === this.thread?.conversation) throw why;
      this.#gone = this.thread?.conversation ?? "";
      this.socket.reconnect();
      throw new Failure("disconnected");
    }
  }

  /** @param {AbortSignal} signal */
  async #ticket(signal) {
    const proof = await this.#proof();
    const answer = await ticket(this.host, proof, signal).catch((why) => this.#refused(why, proof, signal));
    this.#kind = proof.kind;
    if (answer.device_secret) this.memory.set("device", answer.device_secret);
    return answer.ticket;
  }

  async #proof() {
    const token = this.token && (await this.token());
    const common = { site: this.site, channel: this.channel, device_secret: this.memory.get("device") ?? undefined };
    return token ? { kind: "customer", token, ...common } : { kind: "visitor", ...common };
  }

  /** A device secret that the hub does not know (any more) is worth nothing: start as a new visitor. */
  #refused(why, proof, signal) {
    if (why.retry || proof.kind !== "visitor" || !proof.device_secret) throw why;
    this.memory.remove("device");
    return ticket(this.host, { ...proof, device_secret: undefined }, signal);
  }

  #listen() {
    this.outbox.on("change", () => this.emit("change"));
    this.socket.on("welcome", (frame) => this.#welcomed(frame));
    this.socket.on("state", (state) => {
      if (state !== "open") this.thread?.interrupted();
      this.emit("state", state);
    });
    this.socket.on("closed", (why) => this.emit("closed", why));
    this.socket.on("presence", (frame) => this.#presence(frame.online));
    for (const type of FRAMES) this.socket.on(type, (frame) => this.#heard(frame));
    this.socket.platform.onStored((key) => this.outbox.stored(key));
  }

  /** @param {any} frame */
  #welcomed(frame) {
    this.#belongs(frame);
    if (this.thread?.conversation !== frame.conversation) this.#opened(frame.conversation);
    this.#presence(frame.state.online);
    this.thread?.is(frame.state, frame.epoch, frame.seq);
  }

  /** What one customer left unsent on this device must never go out in another one's name. */
  #belongs({ conversation, state }) {
    const before = this.memory.get("of");
    const same = !before || before.conversation === conversation || state.absorbed.some((one) => one.source === before.conversation);
    if (!same && before.kind === "customer") {
      this.memory.wipe();
      this.outbox.reload();
    }
    this.memory.set("of", { conversation, kind: this.#kind });
    // The account vouches for the thread from now on; after a sign-out this device must not open it again.
    if (this.#kind === "customer") this.memory.remove("device");
  }

  /** @param {string} conversation */
  #opened(conversation) {
    this.#forget();
    const thread = (this.thread = new Thread(this.socket, conversation, { side: "customer", outbox: this.outbox }));
    thread.on("change", () => this.emit("change"));
    thread.on("message", (event) => this.emit("message", event));
    thread.on("live", () => this.outbox.flush());
    this.emit("thread", thread);
  }

  #forget() {
    this.thread = null;
    this.emit("change");
  }

  #resume() {
    const { log } = this.thread ?? {};
    return log?.point ? { [log.conversation]: log.point } : {};
  }

  /** @param {any} frame */
  #heard(frame) {
    if (this.thread?.owns(frame.conversation)) this.thread.receive(frame);
    if (!this.thread?.log.live) return;
    // This thread was joined to another one of the same person: go on there.
    if (frame.type === "customer.merged") this.socket.reconnect();
    // Or one was given back, and perhaps it is ours: it stands alone a moment later.
    if (frame.type === "customer.unmerged") this.socket.platform.after(() => this.state === "open" && this.socket.reconnect(), ALONE);
  }

  /** @param {boolean} online */
  #presence(online) {
    this.online = online;
    this.emit("change");
  }
}
