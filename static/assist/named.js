/** The customer whom the page around names, and which conversation is theirs. */
import { Watched } from "../console/watched.js";
import { KEYS, keysIn, written } from "./keys.js";

/** @typedef {import("../console/order.js").Row} Row */

export class Named extends Watched {
  /** @type {"unnamed" | "looking" | "none" | "several" | "found" | "failed"} */
  state = "unnamed";
  /** @type {import("./keys.js").Keys} */
  keys = {};
  /** Several whom the keys fit. @type {Row[]} */
  rows = [];
  /** @type {import("../sdk/failure.js").Failure | null} */
  problem = null;
  /** The conversation that is theirs. */
  conversation = "";
  #turn = 0;
  /** @type {any} */
  #desk = null;

  /** @param {import("../console/place.js").Place} place */
  constructor(place) {
    super();
    this.place = place;
  }

  /** What they are called by, for a sentence. */
  get label() {
    return KEYS.map((key) => this.keys[key]).find(Boolean) ?? "";
  }

  /** Is somebody else's conversation open than that of the page's customer? */
  get elsewhere() {
    return !!this.conversation && this.place.conversation !== this.conversation;
  }

  /** Looks whenever somebody is named, and again while nobody was found. @param {any} desk @returns {() => void} how to stop */
  follow(desk) {
    this.#desk = desk;
    const renamed = () => void this.name(keysIn(location.hash));
    addEventListener("hashchange", renamed);
    const stops = [
      desk.socket.on("welcome", () => this.state !== "found" && void this.look()),
      desk.clock.minutes.watch(() => this.state === "none" && void this.look()),
      () => removeEventListener("hashchange", renamed),
    ];
    renamed();
    return () => stops.forEach((stop) => stop());
  }

  /** Somebody typed an address here, where no page says whom it shows. @param {import("./keys.js").Keys} keys */
  type(keys) {
    history.replaceState(null, "", written(keys));
    void this.name(keys);
  }

  /** @param {import("./keys.js").Keys} keys */
  async name(keys) {
    if (written(keys) === written(this.keys) && this.state !== "unnamed") return;
    this.keys = keys;
    this.conversation = "";
    this.place.go({ conversation: "" });
    await this.look();
  }

  /** The first key that somebody has decides. */
  async look() {
    const turn = ++this.#turn;
    const texts = KEYS.map((key) => this.keys[key]).filter((it) => it !== undefined);
    if (!texts.length) return this.#be("unnamed");
    // Whoever looks again after "nobody" goes on seeing that until there is an answer.
    if (this.state !== "none") this.#be("looking");
    try {
      /** @type {Row[]} */
      let rows = [];
      for (const text of texts) {
        rows = rows.length ? rows : (await this.#desk.socket.request("customer.find", { text })).d.rows;
      }
      if (turn === this.#turn) this.#found(rows);
    } catch (why) {
      // Without a connection there is nothing to say here: the next welcome looks again.
      const problem = /** @type {import("../sdk/failure.js").Failure} */ (why);
      if (turn === this.#turn && problem.code !== "disconnected") this.#be("failed", { problem });
    }
  }

  /** @param {string} conversation */
  choose(conversation) {
    this.conversation = conversation;
    this.#be("found");
    this.back();
  }

  /** To the page's own customer. */
  back() {
    this.place.go({ conversation: this.conversation });
  }

  /** @param {Row[]} rows */
  #found(rows) {
    if (rows.length === 1) this.choose(rows[0].conversation);
    else this.#be(rows.length ? "several" : "none", { rows });
  }

  /** @param {Named["state"]} state @param {Partial<Pick<Named, "rows" | "problem">>} [more] */
  #be(state, { rows = [], problem = null } = {}) {
    this.state = state;
    this.rows = rows;
    this.problem = problem;
    this.changed();
  }
}
