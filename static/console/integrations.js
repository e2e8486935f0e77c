/** How the connections to CRMs are, for those who look after them: asked once, then told by the hub. */
import { Watched } from "./watched.js";

/** @typedef {{operation: string, field: string, value: string, count: number, at: number}} Unmapped */
/** @typedef {{operation: string, path: string, problem: string, argument?: string, count: number, at: number}} Drift */
/** @typedef {{id: string, kind: string, conversation: string, why: string, at: number, tries: number}} Dead */
/**
 * @typedef {object} Connection times are epoch ms, 0 = never; `calls` and `error_rate` (0..1) are of the last hour
 * @property {string} name
 * @property {string} kind
 * @property {string} title
 * @property {string[]} parts what it is used for
 * @property {string[]} can what of that it does
 * @property {"closed" | "open" | "half_open"} breaker
 * @property {number} last_ok
 * @property {{at: number, code: string, detail: string} | null} last_error
 * @property {number} error_rate
 * @property {number} calls
 * @property {Unmapped[]} unmapped
 * @property {Drift[]} drift
 * @property {number} backlog
 * @property {Dead[]} dead
 */

export class Integrations extends Watched {
  /** @type {Connection[] | null} null before the hub has answered */
  connections = null;
  /** @type {import("../sdk/failure.js").Failure | null} */
  problem = null;

  /** @param {import("./session.js").Session} session @param {import("../sdk/socket.js").Socket} socket */
  constructor(session, socket) {
    super();
    this.session = session;
    socket.on("integrations", (/** @type {any} */ { connections }) => this.#learn(connections));
  }

  async load() {
    try {
      this.#learn(await this.session.integrations());
    } catch (why) {
      this.problem = /** @type {any} */ (why);
      this.changed();
    }
  }

  /** How many of them somebody should look at. */
  get ailing() {
    return (this.connections ?? []).filter(ails).length;
  }

  /** @param {Connection[]} connections */
  #learn(connections) {
    this.connections = connections;
    this.problem = null;
    this.changed();
  }
}

/** @param {Connection} it */
export function ails({ breaker, drift, dead }) {
  return breaker !== "closed" || drift.length > 0 || dead.length > 0;
}
