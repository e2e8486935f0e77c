/** What was asked of the CRM and how it went: of each effect one event tells all, the others are covered by it. Pure. */

/** @typedef {import("./timeline.js").Seen} Seen */

/**
 * @typedef {object} Effect
 * @property {"asked" | "done" | "failed"} state
 * @property {string} kind
 * @property {string} title "" when nobody asked for it by a request that is loaded
 * @property {Seen} event the one that tells it
 * @property {any} ask what could be asked again; null when it did not fail, is not known, or was asked again since
 */

/**
 * @param {Seen[]} events in the order of the thread
 * @returns {{told: Map<Seen, Effect>, covered: Set<Seen>}} which event tells which effect, and those that need not be shown
 */
export function effects(events) {
  const requests = new Map(events.filter(asks).map((it) => [idOf(it), it]));
  const ends = new Map(events.filter(hasEnded).map((it) => [it.d.effect, it])); // the last one: a failed one may still succeed
  const told = new Map(
    events.filter((it) => asks(it) || hasEnded(it)).map((it) => [it, effect(it, requests.get(idOf(it)), events)]),
  );
  const covered = new Set(
    events.filter((it) => (ends.has(idOf(it)) && ends.get(idOf(it)) !== it && told.has(it)) || opened(it, ends, requests)),
  );
  return { told, covered };
}

/** The bot's ticket is asked for by an event of its own. @param {Seen} event */
const asks = ({ type }) => type === "effect.requested" || type === "ticket.requested";

/** @param {Seen} event */
const hasEnded = ({ type }) => type === "effect.done" || type === "effect.failed";

/** @param {Seen} event @returns {string} */
const idOf = ({ type, id, d }) => (type === "ticket.requested" ? id : (d.effect ?? ""));

/** @param {Seen} event @param {Seen | undefined} request @param {Seen[]} events @returns {Effect} */
function effect(event, request, events) {
  const state = asks(event) ? "asked" : event.type === "effect.done" ? "done" : "failed";
  const ask = (state === "failed" && request?.d.ask) || null;
  const later = ask && events.some((it) => it.type === "effect.requested" && it.seq > event.seq && same(it.d.ask, ask));
  return {
    state,
    kind: event.d.kind ?? "ticket",
    title: request?.d.title ?? request?.d.draft?.subject ?? "",
    event,
    ask: later ? null : ask,
  };
}

/** @param {any} a @param {any} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** What customers read of it says no more to staff, who see the effect itself. @param {Seen} event @param {Map<string, Seen>} ends @param {Map<string, Seen>} requests */
function opened({ type, d }, ends, requests) {
  if (type !== "ticket.opened" && type !== "ticket.changed") return false;
  return [...ends.values()].some((it) => it.type === "effect.done" && it.d.ref === d.number && requests.has(it.d.effect));
}
