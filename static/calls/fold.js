// What is known of a conversation's call, folded from its events as hub/model/call_fold.py does. Pure.

/** @typedef {{party: string, name: string}} Participant `party` is "customer", "bot", "agent:ID" or "guest:ID" */
/**
 * @typedef {object} Fact the newest call of a conversation, as `state.call` of a welcome and `call` of a row have it
 * @property {string} id
 * @property {"audio" | "video"} media
 * @property {"ringing" | "live" | "over"} state
 * @property {string} by the party that asked for it
 * @property {string} to the party that it rings at, "" while somebody is being looked for
 * @property {string} [name] of `to`
 * @property {boolean} [waits] it rings at whoever gets the conversation
 * @property {number} until epoch ms: so long it rings
 * @property {number} accepted_at epoch ms, 0 before
 * @property {Participant[]} parties who are in it; while it rings, who asked
 * @property {(Participant & {until: number, briefing?: string, by?: string, since?: number, shown?: string[]})[]} [invited] for staff: experts that it rings at
 * @property {string} consent the version of the text that everybody is asked with, "" = nobody is
 * @property {string[]} granted who agreed to it
 * @property {boolean} recording
 * @property {boolean} [held] for staff: the bot is in it until somebody comes, and it rings on
 * @property {"pairs" | "direct" | "relay" | "room"} [topology] how its parties are connected, see hub/model/call.py
 * @property {string} [reason] why it is over
 * @property {number} [seconds] that it lasted
 */

/** Nobody is asked whether they may be recorded. */
const nobody = { consent: "", granted: [] };
/** So long at least it rings at whoever gets a conversation with a call that waits. */
const RING = 30_000;

/** An event's author as a party of a call. @param {{kind: string, id: string}} by */
export const partyOf = (by) => (by.kind === "customer" ? "customer" : `${by.kind}:${by.id}`);

/** Is this event about a call? @param {{type: string}} event */
export const ofCalls = ({ type }) => /^(call|consent|recording)\./.test(type);

/**
 * @param {Fact | null} base as the hub told it, for what lies before `events`
 * @param {any[]} events of one log, in order
 * @returns {Fact | null}
 */
export const callOf = (base, events) => events.reduce(apply, base);

/** @param {Fact | null} it @param {any} event @returns {Fact | null} */
function apply(it, { type, by, at, d }) {
  if (type === "call.requested") return requested(partyOf(by), by.name, d);
  if (!it || it.state === "over") return it;
  if (type === "owner.changed") return it.state === "ringing" && (it.waits || !it.to) ? { ...it, ...found(it, d.owner, at) } : it;
  return it.id === d.call ? { ...it, ...change(it, type, at, d, by) } : it;
}

/** @param {string} by @param {string} name @param {any} d @returns {Fact} */
const requested = (by, name, { call, media, to, name: of, until }) => ({
  id: call, media, state: "ringing", by, to, name: of, waits: !to, until,
  accepted_at: 0, parties: [{ party: by, name }], invited: [], consent: "", granted: [], recording: false,
});

/** Somebody got the conversation, or lost it again. @returns {Partial<Fact>} */
const found = (it, owner, at) =>
  owner.kind === "agent" ? { waits: true, to: `agent:${owner.id}`, name: owner.name, until: Math.max(it.until, at + RING) } : { waits: true, to: "", name: "" };

/** @param {Fact} it @returns {Partial<Fact>} */
function change(it, type, at, d, by) {
  const others = (/** @type {any[]} */ list) => (list ?? []).filter((one) => one.party !== d.party);
  const withThem = [...others(it.parties), { party: d.party, name: d.name }];
  switch (type) {
    case "call.accepted":
      return { state: "live", accepted_at: at, parties: withThem };
    case "call.joined":
      return { parties: withThem, invited: others(it.invited ?? []) };
    case "call.left":
      return { parties: others(it.parties) };
    case "call.invited":
      return { invited: [...others(it.invited ?? []), { ...d, by: partyOf(by) }] };
    case "call.uninvited":
      return { invited: others(it.invited ?? []) };
    case "call.switched":
      return { topology: d.topology, ...(d.topology === "room" && nobody) };
    case "call.upgraded":
      return { media: "video" };
    case "call.declined":
    case "call.cancelled":
    case "call.missed":
    case "call.ended":
      return { state: "over", reason: d.reason ?? "cancelled", seconds: d.seconds ?? 0, recording: false, consent: "" };
    default:
      return recorded(it, type, d);
  }
}

/** @param {Fact} it @returns {Partial<Fact>} */
function recorded(it, type, d) {
  switch (type) {
    case "consent.requested":
      return { consent: d.text_version, granted: [] };
    case "consent.granted":
      return { granted: [...new Set([...it.granted, d.party])] };
    case "consent.refused":
    case "consent.withdrawn":
      return nobody;
    case "recording.started":
      return { recording: true };
    case "recording.stopped":
      return { recording: false, ...nobody };
    default:
      return {};
  }
}
