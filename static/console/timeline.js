/** A conversation's events folded into what the thread shows: days, messages in runs, notes, briefs, quiet lines. Pure. */
import { effects } from "./effects.js";
import { midnight } from "./times.js";

/**
 * @typedef {object} Seen an event frame
 * @property {string} conversation
 * @property {number} seq
 * @property {number} at
 * @property {string} type
 * @property {string} id
 * @property {{kind: string, id: string, name: string}} by
 * @property {string} channel
 * @property {any} d
 */
/** @typedef {{key: string, kind: "day" | "new" | "message" | "note" | "brief" | "film" | "effect" | "lines", at: number, event?: Seen, lines?: Seen[], first?: boolean, moved?: boolean, insight?: any, effect?: import("./effects.js").Effect}} Entry */

/** Events that the thread tells in another way (ticks, chips, the panel) or that say nothing new beside another. */
export const SILENT = new Set([
  "message.read",
  "message.delivered",
  "insight.noted",
  "conversation.started",
  "conversation.resolved", // outcome.noted says how
  "call.announced", // call.supervised says it better
  "customer.carried", // customer.absorbed says so
]);

/** Changes of owner that stand beside an event which says the same. */
const SAID_ELSEWHERE = new Set(["resolved", "idle", "reopened", "new_session", "merged"]);

/** What came of a call, and what the customer thought of it: not folded away among the lines around it. */
const OUTCOMES = new Set(["call.ended", "call.missed", "call.declined", "call.cancelled", "call.noted", "csat.rated"]);

const RUN_MS = 5 * 60_000;

/** @param {Seen} event */
function quiet(event) {
  return !SILENT.has(event.type) && !(event.type === "owner.changed" && SAID_ELSEWHERE.has(event.d.reason));
}

/**
 * @param {Seen[]} events in the order of the thread
 * @param {string} [newFrom] key of the first event that is new to the reader
 * @returns {Entry[]}
 */
export function timeline(events, newFrom) {
  const insights = new Map(
    events.filter((it) => it.type === "insight.noted").map((it) => [`${it.conversation}:${it.d.of}`, it.d.insight]),
  );
  const { told, covered } = effects(events);
  /** @type {Entry[]} */
  const entries = [];
  for (const event of events.filter((it) => quiet(it) && !covered.has(it))) {
    const last = entries.at(-1);
    if (!last || midnight(lastAt(last)) !== midnight(event.at)) entries.push(mark("day", event));
    if (keyOf(event) === newFrom) entries.push(mark("new", event));
    place(entries, event, insights, told);
  }
  return entries;
}

/**
 * Quiet lines in the runs that may be folded: an outcome ends one, and the last line of each is always seen.
 * @template {{event: Seen}} T @param {T[]} lines @returns {T[][]}
 */
export function runs(lines) {
  /** @type {T[][]} */
  const all = [[]];
  for (const it of lines) {
    all.at(-1)?.push(it);
    if (OUTCOMES.has(it.event.type)) all.push([]);
  }
  return all.filter((run) => run.length);
}

/** @param {Seen} event */
export function keyOf(event) {
  return `${event.conversation}:${event.seq}`;
}

/** @param {Entry[]} entries @param {Seen} event @param {Map<string, any>} insights @param {Map<Seen, import("./effects.js").Effect>} told */
function place(entries, event, insights, told) {
  const last = entries.at(-1);
  const entry = { key: keyOf(event), at: event.at, event };
  if (event.type === "message.created") {
    const run = last?.kind === "message" && sameRun(/** @type {Seen} */ (last.event), event);
    const before = event.by.kind === "customer" ? channelBefore(entries) : null;
    const moved = before !== null && before !== event.channel;
    entries.push({ ...entry, kind: "message", first: !run || moved, moved, insight: insights.get(entry.key) });
  } else if (event.type === "note.added") entries.push({ ...entry, kind: "note" });
  else if (event.type === "handoff.briefed") entries.push({ ...entry, kind: "brief" });
  else if (event.type === "recording.kept") entries.push({ ...entry, kind: "film" });
  else if (told.has(event)) entries.push({ ...entry, kind: "effect", effect: told.get(event) });
  else if (last?.kind === "lines") last.lines?.push(event);
  else entries.push({ ...entry, kind: "lines", lines: [event] });
}

/** One author speaking without a pause: named once. @param {Seen} a @param {Seen} b */
function sameRun(a, b) {
  return a.by.kind === b.by.kind && a.by.id === b.by.id && b.at - a.at < RUN_MS;
}

/** @param {Entry[]} entries @returns {string | null} */
function channelBefore(entries) {
  const last = entries.findLast((it) => it.kind === "message" && it.event?.by.kind === "customer");
  return last?.event?.channel ?? null;
}

/** @param {Entry} entry */
function lastAt(entry) {
  return entry.lines?.at(-1)?.at ?? entry.at;
}

/** @param {"day" | "new"} kind @param {Seen} event @returns {Entry} */
function mark(kind, event) {
  return { key: `${kind}:${keyOf(event)}`, kind, at: event.at };
}
