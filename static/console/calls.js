/** The calls of this agent: what rings, what goes on, in whichever conversation; one at a time is talked in. */
import { Phone } from "../calls/phone.js";
import { Signals } from "../calls/signals.js";
import { staffCall } from "./call-fold.js";
import { withHeld } from "./held.js";
import { FarLines } from "./far-lines.js";
import { Watched } from "./watched.js";

/** @typedef {import("./conversation.js").Conversation} Conversation */

/** Where a call takes the agent's attention, and a place above the thread. */
const SHOWN = ["asking", "calling", "joining", "connecting", "live", "reconnecting", "over"];

export class Calls extends Watched {
  /** Does this hub carry calls? */
  possible = false;
  /** And may they be recorded? */
  recordable = false;
  /** By conversation. @type {Map<string, Phone & {far: FarLines}>} */
  #phones = new Map();
  /** @type {Map<Conversation, () => void>} */
  #followed = new Map();

  /** @param {import("../sdk/socket.js").Socket} socket @param {{id: string}} me */
  constructor(socket, me) {
    super();
    this.socket = socket;
    this.party = `agent:${me.id}`;
    socket.on("welcome", (/** @type {any} */ { calls, records }) => {
      this.possible = !!calls;
      this.recordable = !!records;
      this.changed();
    });
  }

  /** @param {string} conversation @returns {Phone} */
  of(conversation) {
    const known = this.#phones.get(conversation);
    if (known) return known;
    const signals = new Signals(this.socket, conversation);
    const phone = Object.assign(new Phone(signals, conversation, this.party), { far: new FarLines(signals, () => this.changed()) });
    phone.on("change", () => this.changed());
    this.#phones.set(conversation, phone);
    return phone;
  }

  /** The one that I talk in, wait in, or have just ended. @returns {Phone | undefined} */
  get current() {
    const all = [...this.#phones.values()];
    return all.find((it) => it.call || it.local) ?? all.find((it) => SHOWN.includes(it.stage) || it.problem);
  }

  /** Those that ring here. @returns {Phone[]} */
  get incoming() {
    return [...this.#phones.values()].filter((it) => it.stage === "incoming");
  }

  /** Conversations whose call has to be followed, whatever is looked at. @returns {string[]} */
  get conversations() {
    return [...this.#phones.values()].filter((it) => it.fact && it.fact.state !== "over").map((it) => it.conversation);
  }

  /** May I call here? Only who has the conversation calls its customer, and nobody twice. @param {string} conversation */
  free(conversation) {
    return this.possible && !this.current?.call && !this.current?.local && this.of(conversation).free;
  }

  /** Goes along with what its log says of calls. @param {Conversation} conversation */
  follow(conversation) {
    if (this.#followed.has(conversation)) return;
    this.#followed.set(conversation, conversation.watch(() => this.#look(conversation)));
    this.#look(conversation);
  }

  end() {
    for (const stop of this.#followed.values()) stop();
    for (const phone of this.#phones.values()) phone.close();
  }

  /** @param {Conversation} conversation */
  #look({ id, thread, live }) {
    // Half a log could end a call that goes on.
    if (!thread || !live) return;
    const { events } = thread.log;
    this.of(id).learn(withHeld(staffCall(/** @type {any} */ (thread.state).call ?? null, events), events));
  }
}
