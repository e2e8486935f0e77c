/** Who of the agents is there, and whether I am. */
import { Watched } from "./watched.js";

/** @typedef {import("./session.js").Colleague} Colleague */

export class Presence extends Watched {
  /** @type {Map<string, Colleague>} */
  agents = new Map();

  /** @param {{id: string}} me */
  constructor(me) {
    super();
    this.me = me;
  }

  /** Agents as the hub tells them: all of them, or those that changed. @param {Partial<Colleague>[]} agents */
  learn(agents) {
    for (const it of agents) {
      const id = String(it.id);
      this.agents.set(id, /** @type {Colleague} */ ({ ...this.agents.get(id), ...it }));
    }
    this.changed();
  }

  /**
   * Who holds how much, as it was asked for. Nothing else of the answer: who is there is told by frames, and one that
   * came while the answer was on its way is newer.
   * @param {Colleague[]} agents
   */
  holds(agents) {
    for (const { id, load } of agents) {
      const known = this.agents.get(id);
      if (known) this.agents.set(id, { ...known, load });
    }
    this.changed();
  }

  /** @returns {"available" | "away" | "offline"} */
  get status() {
    return of(this.agents.get(this.me.id)?.status);
  }

  /** So many offers in a row I let pass, that I am away now. */
  get missed() {
    return this.status === "away" ? (this.agents.get(this.me.id)?.missed ?? 0) : 0;
  }

  /** Everyone but me, who is there first. @returns {Colleague[]} */
  get colleagues() {
    const rank = { available: 0, away: 1, offline: 2 };
    return [...this.agents.values()]
      .filter((it) => it.id !== this.me.id)
      .sort((a, b) => rank[of(a.status)] - rank[of(b.status)] || a.name.localeCompare(b.name));
  }

  /** @param {string} id */
  nameOf(id) {
    return this.agents.get(id)?.name || id;
  }
}

/** @param {string | undefined} status @returns {"available" | "away" | "offline"} */
export function of(status) {
  return status === "available" || status === "away" ? status : "offline";
}
