/** The rows of each view, their counts, and the order they are shown in (which holds still under a pointer). */
import { sorted } from "./order.js";
import { Watched } from "./watched.js";

/** @typedef {import("./order.js").Row} Row */
/** @typedef {import("./place.js").View} View */

const LIT_MS = 3_000;

export class Inbox extends Watched {
  /** @type {Map<View, Map<string, Row>>} */
  #views = new Map();
  /** @type {Record<string, number>} */
  counts = {};
  /** Rows that just changed, and until when (epoch ms) they are lit. @type {Map<string, number>} */
  #lit = new Map();
  /** Given to me by somebody, and not looked at since: when I got each (epoch ms). @type {Map<string, number>} */
  #given = new Map();
  /** The order that is held, while a pointer is over the list. @type {{view: View, rows: Row[]} | null} */
  #held = null;

  /** @param {{id: string}} me the agent, whose reservations come first @param {{now(): number}} clock */
  constructor(me, clock) {
    super();
    this.me = me;
    this.clock = clock;
  }

  /** Has this view been answered yet? @param {View} view */
  loaded(view) {
    return this.#views.has(view);
  }

  /** The whole of a view, as `inbox.follow` answers it. @param {View} view @param {Row[]} rows @param {Record<string, number>} counts */
  load(view, rows, counts) {
    this.#handed(view, rows); // while the connection was away
    this.#views.set(view, new Map(rows.map((row) => [row.conversation, row])));
    this.counts = { ...this.counts, ...counts };
    this.changed();
  }

  /** An `inbox` frame: changed rows, rows that left, counts.
   *  @param {{view: View, rows: Row[], gone: string[], counts: Record<string, number>}} frame */
  apply({ view, rows, gone, counts }) {
    const known = this.#views.get(view);
    this.#handed(view, rows);
    // Before the view's own answer, only the counts are good: a few changed rows are not the view.
    if (known) for (const row of rows) this.#put(known, row);
    for (const id of gone) known?.delete(id);
    if (view === "mine") for (const id of gone) this.#given.delete(id);
    this.counts = { ...this.counts, ...counts };
    this.changed();
  }

  /** @param {View} view @returns {(Row & {gone?: boolean})[]} in the order to show */
  rows(view) {
    const known = this.#views.get(view) ?? new Map();
    if (this.#held?.view !== view) return sorted([...known.values()], this.me.id);
    const kept = this.#held.rows.map((row) => known.get(row.conversation) ?? { ...row, gone: true });
    const place = new Set(kept.map((row) => row.conversation));
    // Below everything else: a row put above would push another one under the pointer.
    return [...kept, ...sorted([...known.values()].filter((row) => !place.has(row.conversation)), this.me.id)];
  }

  /** Did this row change just now? @param {string} id */
  isLit(id) {
    return (this.#lit.get(id) ?? 0) > this.clock.now();
  }

  /** Is any row lit, so that it has to be put out soon? */
  get anyLit() {
    for (const [id] of this.#lit) if (!this.isLit(id)) this.#lit.delete(id);
    return this.#lit.size > 0;
  }

  /** A row of any view. @param {string} id @returns {Row | undefined} */
  row(id) {
    return this.all().find((row) => row.conversation === id);
  }

  /** Each row once, of all views; a view that was left may hold an older one. @returns {Row[]} */
  all() {
    const rows = [...this.#views.values()].flatMap((view) => [...view.values()]);
    return [...new Map(rows.sort((a, b) => a.seq - b.seq).map((row) => [row.conversation, row])).values()];
  }

  /** The rows of `mine`, which the hub keeps us told of, whatever view is open. @returns {Row[]} */
  get mine() {
    return [...(this.#views.get("mine")?.values() ?? [])];
  }

  /** What I am asked for and can still accept, soonest deadline first. @returns {Row[]} */
  reservations() {
    const now = this.clock.now();
    return sorted(this.mine.filter((row) => row.reservation?.agent === this.me.id && row.reservation.until > now), this.me.id);
  }

  /** Keeps the order as it is shown now. @param {View} view */
  hold(view) {
    if (this.#held?.view !== view) this.#held = { view, rows: this.rows(view) };
  }

  release() {
    if (!this.#held) return;
    this.#held = null;
    this.changed();
  }

  /** How many rows would move into or out of place on release. @param {View} view */
  waitingToMove(view) {
    const held = this.#held;
    if (held?.view !== view) return 0;
    const before = new Set(held.rows.map((row) => row.conversation));
    return [...(this.#views.get(view)?.keys() ?? [])].filter((id) => !before.has(id)).length;
  }

  /** Unread messages in the conversations that are mine. */
  get unread() {
    return this.#owned().reduce((n, row) => n + row.unread, 0);
  }

  /** What wants my attention: unread messages, what was given to me without one, and reservations. */
  get calling() {
    return this.unread + this.reservations().length + this.#owned().filter((row) => !row.unread && this.given(row.conversation)).length;
  }

  /** The same one by one: when the newest that waits in each conversation came (a message, or all of it), and until when
   *  each offer holds. Not how many wait: one frame may tell that one was read and another came. @returns {Map<string, number>} */
  get callers() {
    const offers = this.reservations().map((row) => /** @type {const} */ ([`offer ${row.conversation}`, row.reservation?.until ?? 0]));
    const newest = (/** @type {Row} */ row) => Math.max(waits(row), this.#given.get(row.conversation) ?? 0);
    return new Map([...this.#owned().map((row) => /** @type {const} */ ([row.conversation, newest(row)])), ...offers]);
  }

  /** Did somebody give it to me, and I have not looked at it yet? @param {string} id */
  given(id) {
    return this.#given.has(id);
  }

  /** The agent looks at this one. @param {string} id */
  seen(id) {
    if (this.#given.delete(id)) this.changed();
  }

  #owned() {
    return this.mine.filter((row) => this.#isMine(row));
  }

  /** @param {Row} row */
  #isMine({ owner }) {
    return owner.kind === "agent" && owner.id === this.me.id;
  }

  /** What I was not asked for and did not have was given to me. @param {View} view @param {Row[]} rows as they are now */
  #handed(view, rows) {
    const known = this.#views.get(view);
    if (!known || view !== "mine") return;
    for (const row of rows) {
      const before = known.get(row.conversation);
      if (!this.#isMine(row)) this.#given.delete(row.conversation);
      else if (!before || (!this.#isMine(before) && before.reservation?.agent !== this.me.id)) this.#given.set(row.conversation, row.since);
    }
  }

  /** @param {Map<string, Row>} known @param {Row} row */
  #put(known, row) {
    const before = known.get(row.conversation);
    if (!before || (row.last?.seq ?? 0) > (before.last?.seq ?? 0)) this.#lit.set(row.conversation, this.clock.now() + LIT_MS);
    known.set(row.conversation, row);
  }
}

/** When the customer's newest message came, while it waits to be read; 0 = none does. @param {Row} row */
const waits = ({ unread, last }) => (unread && last?.by === "customer" ? last.at : 0);
