/** The agent's login: who is signed in, signing in and out, and the HTTP calls that need it. */
import { Failure, failure } from "../sdk/failure.js";
import { Watched } from "./watched.js";

/** @typedef {{id: string, name: string, email: string, role: string, status: string, capacity: number, teams: string[], skills: string[]}} Agent */
/** @typedef {{id: string, name: string, role: string, status: string, teams: string[], skills: string[], load: number, capacity: number, missed?: number}} Colleague */

/** `asking` while we don't know yet; `expired` when a session ended under the agent's hands.
 *  @typedef {"asking" | "in" | "out" | "expired"} State */

export class Session extends Watched {
  /** @type {Agent | null} */
  agent = null;
  /** @type {State} */
  state = "asking";
  #leaving = false;

  /** Do we stand in a page of another site, where only a cookie of its own kind is kept? */
  get framed() {
    return window.parent !== window;
  }

  /** Is there a session from before? Throws a Failure when the hub doesn't answer, or not now. */
  async restore() {
    const agent = await this.#me();
    this.#be(agent ? "in" : "out", agent);
  }

  /** @returns {Promise<Agent | null>} null when nobody is signed in */
  async #me() {
    return (await this.#call("GET", "/api/v1/me")).agent;
  }

  /** @param {string} email @param {string} password */
  async login(email, password) {
    const { framed } = this;
    const { agent } = await this.#call("POST", "/api/v1/login", { email, password, framed });
    if (framed) await this.#kept();
    this.#be("in", agent);
  }

  /** A browser may drop the cookie of a frame without a word: better known now than by a socket that never opens. */
  async #kept() {
    if (!(await this.#me())) throw new Failure("kept_out", { retry: false });
  }

  /** Rejects with a Failure when the hub can't be told: nobody shall believe to be signed out who isn't. */
  async logout() {
    this.#leaving = true; // the hub closes the socket meanwhile, which is no lost session
    try {
      await this.#call("POST", "/api/v1/logout");
      this.#be("out", null);
    } finally {
      this.#leaving = false;
    }
  }

  /** The hub closed the session while we worked. Who it was stays known, so that the same place opens again. */
  expire() {
    if (this.state === "in" && !this.#leaving) this.#be("expired", this.agent);
  }

  /** What the knowledge base has for these words. @param {{q: string, conversation: string, locale: string}} asked @returns {Promise<import("./hints.js").Article[]>} */
  async knowledge(asked) {
    return (await this.#call("GET", `/api/v1/knowledge?${new URLSearchParams(asked)}`)).articles;
  }

  /** How the connections to CRMs are. @returns {Promise<import("./integrations.js").Connection[]>} */
  async integrations() {
    return (await this.#call("GET", "/api/v1/integrations")).connections;
  }

  /** Carries out again what was put aside: these jobs, or all of them; those that were. @param {string} connection @param {string[]} [jobs] @returns {Promise<string[]>} */
  async replay(connection, jobs) {
    const { replayed } = await this.#call("POST", `/api/v1/integrations/${encodeURIComponent(connection)}/replay`, jobs ? { jobs } : { all: true });
    return replayed;
  }

  /** @returns {Promise<Colleague[]>} */
  async agents() {
    return (await this.#call("GET", "/api/v1/agents")).agents;
  }

  /** @param {State} state @param {Agent | null} agent */
  #be(state, agent) {
    this.state = state;
    this.agent = agent;
    this.changed();
  }

  /** @param {string} method @param {string} path @param {unknown} [body] */
  async #call(method, path, body) {
    const headers = body ? { "content-type": "application/json" } : undefined;
    const answer = await fetch(path, { method, headers, body: body ? JSON.stringify(body) : undefined }).catch(() => {
      throw new Failure("network");
    });
    const read = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (!answer.ok) throw failure({ retry_after: Number(answer.headers.get("retry-after")) || 0, ...read });
    return read;
  }
}
