/** What staff know of a call beyond what everybody does: who listens, who left it to the others, and which guests have opened their link. Pure. */
import { callOf } from "../calls/fold.js";

/** @typedef {import("../calls/fold.js").Fact} Fact */
/** @typedef {{party: string, name: string, mode: "listen" | "whisper", announced?: string}} Supervisor */
/** @typedef {Fact & {supervisors?: Supervisor[], left?: string[]}} StaffFact */

/**
 * @param {StaffFact | null} base as the hub's row told it, for what lies before `events`
 * @param {any[]} events of one log, in order
 * @returns {StaffFact | null}
 */
export function staffCall(base, events) {
  const fact = callOf(base, events);
  if (!fact) return null;
  const ours = events.filter((it) => it.d.call === fact.id);
  const parties = (/** @type {string} */ type) => new Set(ours.filter((it) => it.type === type).map((it) => it.d.party));
  const opened = parties("call.opened");
  return {
    ...fact,
    supervisors: fact.state === "over" ? [] : ours.reduce(supervised, base?.id === fact.id ? (base.supervisors ?? []) : []),
    left: [...parties("call.left")].filter((it) => !fact.parties.some(({ party }) => party === it)),
    invited: (fact.invited ?? []).map((it) => (opened.has(it.party) ? { ...it, until: 0 } : it)),
  };
}

/** @param {Supervisor[]} all @param {any} event @returns {Supervisor[]} */
function supervised(all, { type, d }) {
  const others = all.filter((it) => it.party !== d.party);
  if (type === "call.supervised") return d.mode === "join" ? others : [...others, d];
  return ["call.unsupervised", "call.joined"].includes(type) ? others : all;
}
