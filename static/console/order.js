/** Who needs an answer soonest: the order of inbox rows, and how urgent a wait looks. Pure. */

/** A wait is tinted after these times, in ms. */
export const WARN_AFTER = 60_000;
export const DANGER_AFTER = 180_000;

/** A tier stands in the queue as if it had come so much earlier; the hub's router counts the same (hub/model/routing.py). */
export const HEAD_START = /** @type {Record<string, number>} */ ({ platinum: 600_000, gold: 300_000, silver: 120_000 });

/**
 * @typedef {object} Row an inbox row, as the hub sends it
 * @property {string} conversation
 * @property {string} epoch
 * @property {number} seq
 * @property {{name: string, surname?: string, tier?: string, anonymous?: boolean, locale?: string}} customer
 * @property {"open" | "pending" | "snoozed" | "resolved"} status
 * @property {{kind: "none" | "bot" | "queue" | "agent", id: string, name: string}} owner
 * @property {number} tenure
 * @property {number} session
 * @property {number} since when the owner got it, epoch ms
 * @property {{agent: string, name: string, until: number} | null} reservation
 * @property {import("../calls/fold.js").Fact | null} call
 * @property {string} team
 * @property {string[]} tags
 * @property {string} channel
 * @property {{by: string, name: string, text: string, at: number, seq: number} | null} last `by` is the author's kind
 * @property {number} waiting_since epoch ms, 0 = nobody waits
 * @property {number} unread
 * @property {{kind: string, value: string, proof: string | number}[]} identities
 * @property {{customer: number, staff: number}} read
 * @property {{customer: number, staff: number}} delivered
 * @property {number} snoozed_until
 * @property {string | null} merged_into
 * @property {{source: string, upto: number}[]} absorbed
 */

/** Smaller comes first: who was asked for me, who waits longest, the rest newest first, then the resting ones.
 *  @param {Row} row @param {string} me @returns {[number, number]} */
function rank(row, me) {
  const newest = -(row.last?.at ?? 0);
  if (row.reservation?.agent === me) return [0, row.reservation.until];
  if (row.status === "resolved") return [4, newest];
  if (row.status === "snoozed") return [3, row.snoozed_until];
  if (row.waiting_since) return [1, row.waiting_since - (HEAD_START[row.customer.tier ?? ""] ?? 0)];
  return [2, newest];
}

/** @param {Row[]} rows @param {string} me an agent's id @returns {Row[]} */
export function sorted(rows, me) {
  return rows
    .map((row) => ({ row, by: rank(row, me) }))
    .sort((a, b) => a.by[0] - b.by[0] || a.by[1] - b.by[1])
    .map(({ row }) => row);
}

/** @param {Row} row @param {number} now @returns {"" | "warn" | "danger"} */
export function tint(row, now) {
  if (!row.waiting_since || row.status === "resolved" || row.status === "snoozed") return "";
  const waited = now - row.waiting_since;
  if (waited >= DANGER_AFTER) return "danger";
  return waited >= WARN_AFTER ? "warn" : "";
}
