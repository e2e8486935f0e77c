/** Help for who writes: drafts of what could be said, and articles of the knowledge base. Shown beside the composer. */
import { Watched } from "./watched.js";

/** @typedef {{text: string, why: string}} Draft */
/** @typedef {{title: string, heading: string, text: string, model: string, score: number}} Article */
/** @typedef {"suggest" | "knowledge"} Which */

export class Hints extends Watched {
  /** @type {Which | ""} */
  shown = "";
  /** What they are about. */
  conversation = "";
  /** null while the answer is on its way. @type {Draft[] | null} */
  drafts = null;
  /** What is looked for. */
  words = "";
  /** null before anything was looked for. @type {Article[] | null} */
  articles = null;
  /** @type {import("../sdk/failure.js").Failure | null} */
  problem = null;
  #turn = 0;

  /**
   * @param {import("./session.js").Session} session
   * @param {import("../sdk/socket.js").Socket} socket
   * @param {{language: string}} catalogue
   */
  constructor(session, socket, catalogue) {
    super();
    this.session = session;
    this.socket = socket;
    this.catalogue = catalogue;
  }

  /** Shows one of them for the conversation that is open; once more puts it away. @param {Which} which @param {string} conversation */
  turn(which, conversation) {
    if (this.shown === which && this.conversation === conversation) return this.close();
    if (this.conversation !== conversation) this.articles = null;
    this.shown = which;
    this.conversation = conversation;
    this.problem = null;
    if (which === "suggest") void this.suggest();
    else this.changed();
  }

  close() {
    this.shown = "";
    this.changed();
  }

  suggest() {
    this.drafts = null;
    const { conversation } = this;
    return this.#ask(async () => {
      const { d } = await this.socket.request("draft.suggest", { conversation });
      return () => (this.drafts = d.suggestions);
    });
  }

  /** @param {string} words */
  find(words) {
    this.words = words;
    const { conversation, catalogue } = this;
    return this.#ask(async () => {
      const articles = await this.session.knowledge({ q: words, conversation, locale: catalogue.language });
      return () => (this.articles = articles);
    });
  }

  /** Only the newest question's answer counts. @param {() => Promise<() => void>} ask */
  async #ask(ask) {
    const turn = ++this.#turn;
    this.problem = null;
    this.changed();
    try {
      const take = await ask();
      if (turn === this.#turn) take();
    } catch (why) {
      if (turn === this.#turn) this.problem = /** @type {any} */ (why);
    }
    if (turn === this.#turn) this.changed();
  }
}
