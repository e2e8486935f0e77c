/** Which form for the CRM is open, in which conversation, about what; and what was typed there so far. */
import { Watched } from "./watched.js";

/** @typedef {"ticket" | "ticket_update" | "task" | "edit" | "lead"} Kind */

export class Form extends Watched {
  /** @type {Kind | ""} */
  kind = "";
  conversation = "";
  /** The ticket that is to change. @type {any} */
  about = null;
  /** Whoever looks into another conversation meanwhile finds their words again. @type {Map<string, Record<string, string>>} */
  #typed = new Map();

  /** @param {Kind} kind @param {string} conversation @param {any} [about] */
  open(kind, conversation, about = null) {
    this.kind = kind;
    this.conversation = conversation;
    this.about = about;
    this.changed();
  }

  /** Given up, or sent: its words are not needed any more. */
  close() {
    this.#typed.delete(this.#key);
    this.kind = "";
    this.about = null;
    this.changed();
  }

  /** field -> text @returns {Record<string, string>} */
  get typed() {
    return this.#typed.get(this.#key) ?? {};
  }

  /** @param {Record<string, string>} texts */
  keep(texts) {
    this.#typed.set(this.#key, texts);
  }

  get #key() {
    return [this.conversation, this.kind, this.about?.number ?? ""].join(":");
  }
}
