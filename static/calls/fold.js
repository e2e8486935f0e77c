// What is known of a conversation's call, folded from its events: the client's half of the hub's own fold. Pure.

/**
 * @typedef {object} Fact the newest call of a conversation
 * @property {string} id
 * @property {"audio" | "video"} media
 * @property {"ringing" | "live" | "over"} state
 * @property {{kind: string, id: string, name: string}} by who asked for it
 * @property {string} to whom it rings: a party, "" while somebody is being looked for
 * @property {string} name of whom it rings
 * @property {number} until epoch ms: so long it rings
 * @property {number} since epoch ms: since then they talk, 0 before
 * @property {string} reason why it is over
 * @property {number} seconds that it lasted
 * @property {string[]} parties that are, or were, in it
 * @property {"" | "asked" | "granted" | "refused" | "withdrawn"} consent to a recording
 * @property {string} version of the text that was asked with
 * @property {boolean} recording
 */

/** @type {Omit<Fact, "id" | "by">} */
const NEW = { media: "audio", state: "ringing", to: "", name: "", until: 0, since: 0, reason: "", seconds: 0, parties: [], consent: "", version: "", recording: false };

/** An event's author as a party of a call. @param {{kind: string, id: string}} by */
export const partyOf = (by) => (by.kind === "customer" ? "customer" : `${by.kind}:${by.id}`);

/** Is this event about a call? @param {{type: string}} event */
export const ofCalls = ({ type }) => /^(call|consent|recording)\./.test(type);

/**
 * @param {Fact | null} base as the hub told it, for what lies before `events`
 * @param {any[]} events of one log, in order
 * @returns {Fact | null}
 */
export const callOf = (base, events) => events.filter(ofCalls).reduce(apply, base);

/** @param {Fact | null} it @param {any} event @returns {Fact | null} */
function apply(it, { type, by, at, d }) {
  if (type === "call.requested") return { ...NEW, id: d.call, media: d.media, by, to: d.to, name: d.name, until: d.until, parties: [partyOf(by)] };
  return it && it.id === d.call ? { ...it, ...change(it, type, by, at, d) } : it;
}

/** @param {Fact} it @returns {Partial<Fact>} */
function change(it, type, by, at, d) {
  switch (type) {
    case "call.rung":
      return { to: d.to, name: d.name, until: d.until };
    case "call.accepted":
      return { state: "live", since: it.since || at, parties: [...new Set([...it.parties, d.party])], name: it.since ? it.name : d.name };
    case "call.declined":
      return it.state === "ringing" ? { state: "over", reason: d.reason || "declined" } : {};
    case "call.cancelled":
      return { state: "over", reason: "cancelled" };
    case "call.missed":
      return { state: "over", reason: d.reason };
    case "call.upgraded":
      return { media: "video" };
    case "call.ended":
      return { state: "over", reason: d.reason, seconds: d.seconds, recording: false };
    default:
      return consent(type, d);
  }
}

/** One refusal or withdrawal is enough; that all have granted, `recording.started` says. @returns {Partial<Fact>} */
function consent(type, d) {
  if (type === "recording.started") return { recording: true, consent: "granted" };
  if (type === "recording.stopped") return { recording: false, consent: "" };
  if (type === "consent.requested") return { consent: "asked", version: d.text_version };
  const word = /^consent\.(granted|refused|withdrawn)$/.exec(type)?.[1];
  return word ? { consent: /** @type {any} */ (word), recording: false } : {};
}
