/** What an agent can do to conversations: each asks the hub, says what was done, and offers the way back. */
import { again, offered, REQUESTS } from "./asks.js";
import { openRow, overrules, isMine } from "./commands.js";

/** @typedef {{kind: "agent" | "queue" | "bot", id?: string, name?: string}} Target */

export class Actions {
  /** @param {import("./main.js").App} app */
  constructor(app) {
    this.app = app;
  }

  /** @param {"available" | "away"} status */
  async setPresence(status) {
    const { presence, session } = this.app;
    if (await this.#ask("presence.set", { status })) presence.learn([{ id: session.agent?.id, status, missed: 0 }]);
  }

  /** @param {string} conversation */
  async accept(conversation) {
    if (await this.#ask("reservation.accept", { conversation })) this.#goTo(conversation);
  }

  /** @param {string} conversation @param {string} reason */
  async decline(conversation, reason) {
    if (await this.#ask("reservation.decline", { conversation, reason })) this.#say("said.declined");
  }

  /** @param {string} conversation */
  async take(conversation) {
    if (await this.#ask("conversation.assign", { conversation, to: "agent", agent: "me", ...this.#tenure(conversation) }))
      this.#goTo(conversation);
  }

  /** Gives it to a colleague, a queue or the bot. @param {string} conversation @param {Target} to */
  async give(conversation, to) {
    const d = { conversation, to: to.kind, agent: to.kind === "agent" ? to.id : "", team: to.kind === "queue" ? to.id : "" };
    const done = await this.#ask("conversation.assign", { ...d, ...this.#tenure(conversation) });
    if (!done) return;
    const team = d.team && ".team";
    // From a colleague only who overrules takes it back.
    const back = to.kind !== "agent" || overrules(this.app);
    this.#say(`said.given.${to.kind}${team}`, { name: to.name, team: d.team }, back ? () => this.take(conversation) : undefined);
  }

  /** @param {string} conversation @param {"solved" | "unsolved" | "spam" | "no_reply"} [outcome] */
  async resolve(conversation, outcome = "solved") {
    if (await this.#ask("conversation.resolve", { conversation, outcome }))
      this.#say("said.resolved", {}, () => this.reopen(conversation));
  }

  /** @param {string} conversation */
  async reopen(conversation) {
    if (await this.#ask("conversation.reopen", { conversation })) this.#goTo(conversation);
  }

  /** @param {string} conversation @param {number} until epoch ms @param {string} when in words */
  async snooze(conversation, until, when) {
    if (await this.#ask("conversation.snooze", { conversation, until }))
      this.#say("said.snoozed", { when }, () => this.reopen(conversation));
  }

  /** @param {string} conversation @param {string} text @returns {Promise<boolean>} was it kept? */
  async note(conversation, text) {
    return !!(await this.#ask("note.add", { conversation, text }));
  }

  /** @param {string} conversation @param {string} tag */
  tag(conversation, tag) {
    return this.#ask("tag.add", { conversation, tag });
  }

  /** @param {string} conversation @param {string} tag */
  async untag(conversation, tag) {
    if (await this.#ask("tag.remove", { conversation, tag }))
      this.#say("said.untagged", { tag }, () => this.tag(conversation, tag));
  }

  /** Asks the CRM again. @param {string} conversation */
  async refresh(conversation) {
    const ack = await this.#ask("context.refresh", { conversation });
    if (ack?.d?.context) this.app.conversations.get(conversation)?.attach(ack.d.context);
  }

  /** May I ask this of the open customer's CRM, and can it do that? @param {import("./form.js").Kind} kind */
  takes(kind) {
    return this.mayAsk && offered(this.app.conversations.get(this.here)?.context)[kind];
  }

  /** May I ask anything of the CRM in the open conversation? Not while a colleague has it, unless my role overrules. */
  get mayAsk() {
    const row = openRow(this.app);
    return !!row && !row.merged_into && (row.owner.kind !== "agent" || isMine(this.app) || overrules(this.app));
  }

  /** The thread tells how it went. @param {import("./form.js").Kind} kind @param {string} conversation @param {object} d */
  async askCrm(kind, conversation, d) {
    const done = await this.#ask(REQUESTS[kind], { conversation, ...d });
    if (done) this.#say("said.asked");
    return !!done;
  }

  /** Has that very job carried out again which was put aside. @param {string} conversation @param {string} effect */
  async retryEffect(conversation, effect) {
    await this.#ask("effect.retry", { conversation, effect });
  }

  /** Asks once more what had failed. @param {string} conversation @param {any} ask */
  async askAgain(conversation, ask) {
    const { type, d } = again(ask);
    await this.#ask(type, { conversation, ...d });
  }

  /** Of several whom the addresses fit, this one it is. @param {string} conversation @param {{external_id: string, name: string, source: string}} customer */
  async choose(conversation, { external_id, name, source }) {
    const ack = await this.#ask("context.choose", { conversation, external_id, crm: source });
    if (!ack) return;
    if (ack.d?.context) this.app.conversations.get(conversation)?.attach(ack.d.context);
    this.#say("said.chosen", { name });
  }

  /** @param {string} conversation @param {"email" | "phone"} kind @param {string} value */
  async verify(conversation, kind, value) {
    const done = await this.#ask("customer.verify", { conversation, kind, value });
    if (done) this.#say("said.verified", { value });
    return !!done;
  }

  /** Joins `conversation`, which goes, into `into`, which stays. @param {string} conversation @param {string} into */
  async merge(conversation, into) {
    const done = await this.#ask("customer.merge", { conversation, into });
    if (!done) return false;
    this.#say("said.merged", {}, () => this.unmerge(conversation));
    this.#goTo(into);
    return true;
  }

  /** @param {string} conversation the one that had been merged away */
  async unmerge(conversation) {
    if (await this.#ask("customer.unmerge", { conversation })) this.#say("said.unmerged");
  }

  /** Customers whose address or id is exactly this; without a connection, nobody. @param {string} text @returns {Promise<import("./order.js").Row[]>} */
  async find(text) {
    try {
      return (await this.app.socket.request("customer.find", { text })).d.rows;
    } catch {
      return [];
    }
  }

  async signOut() {
    const { session, memory } = this.app;
    await session.logout().then(
      () => memory.wipe(),
      (why) => this.#refused(why),
    );
  }

  /** The open conversation, as a command's target. */
  get here() {
    return this.app.place.conversation;
  }

  /** Shows it where it now belongs. @param {string} conversation */
  #goTo(conversation) {
    this.app.place.go({ view: "mine", conversation });
    this.app.focusComposer("reply", true);
  }

  /** @param {string} conversation */
  #tenure(conversation) {
    const row = this.app.conversations.get(conversation)?.row;
    return row ? { tenure: row.tenure } : {};
  }

  /** @param {string} key @param {Record<string, unknown>} [values] @param {() => void} [undo] */
  #say(key, values, undo) {
    this.app.toasts.say(this.app.words.t(key, values), undo);
  }

  /** @param {string} type @param {object} d @returns {Promise<import("../sdk/requests.js").Ack | null>} null when it was refused */
  async #ask(type, d) {
    try {
      return await this.app.socket.request(type, d);
    } catch (why) {
      this.#refused(/** @type {import("../sdk/failure.js").Failure} */ (why));
      return null;
    }
  }

  /** @param {import("../sdk/failure.js").Failure} why */
  #refused(why) {
    this.app.toasts.fail(this.app.errors.sentence(why), why.code);
  }
}
