/** A call that the bot holds: it is live, and rings on at whoever has the conversation. Only agents need to know. Pure. */

/** So long at least it rings at whoever gets the conversation, in ms. */
const RING = 30_000;

/**
 * @param {import("../calls/fold.js").Fact | null} fact as the customer has it, too
 * @param {any[]} events of its log, in order
 * @returns {import("../calls/fold.js").Fact | null} with `held`, and `to`: the party that it rings at
 */
export function withHeld(fact, events) {
  const has = (/** @type {string} */ kind) => fact?.parties.some(({ party }) => party.startsWith(kind));
  if (fact?.state !== "live" || !has("bot") || has("agent:")) return fact;
  return events.reduce(
    (it, { type, at, d }) => {
      if (type === "owner.changed") return d.owner.kind === "agent" ? { ...it, to: `agent:${d.owner.id}`, name: d.owner.name, until: Math.max(it.until, at + RING) } : { ...it, to: "" };
      return type === "call.unanswered" && d.call === it.id ? { ...it, to: "" } : it;
    },
    { ...fact, held: true },
  );
}
