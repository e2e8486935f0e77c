// What a conversation is now: `apply(state, event)`, the client's half of the hub's own fold. Pure.

/**
 * @typedef {object} Conversation
 * @property {number} seq events up to here are in it
 * @property {"open" | "pending" | "snoozed" | "resolved"} status
 * @property {{kind: "none" | "bot" | "queue" | "agent", id: string, name: string}} owner
 * @property {{customer: number, staff: number}} read
 * @property {{customer: number, staff: number}} delivered
 * @property {{source: string, upto: number}[]} absorbed
 * @property {boolean} online whether any agent is there
 */

/** @type {Conversation} */
export const EMPTY = {
  seq: 0,
  status: "resolved",
  owner: { kind: "none", id: "", name: "" },
  read: { customer: 0, staff: 0 },
  delivered: { customer: 0, staff: 0 },
  absorbed: [],
  online: true,
};

/** @param {Conversation} it @param {import("./log.js").EventFrame} event @returns {Conversation} */
export function apply(it, event) {
  if (event.seq <= it.seq) return it;
  return { ...it, ...change(it, event), seq: event.seq };
}

/** @param {Conversation} it @param {import("./log.js").EventFrame} event @returns {Partial<Conversation>} */
function change(it, { type, by, d }) {
  const side = by.kind === "customer" ? "customer" : "staff";
  switch (type) {
    case "owner.changed":
      return { owner: d.owner, ...(d.owner.kind === "none" ? {} : { status: d.owner.kind === "bot" ? "pending" : "open" }) };
    case "conversation.resolved":
      return { status: "resolved", owner: EMPTY.owner };
    case "message.delivered":
      return { delivered: raise(it.delivered, side, d.upto) };
    case "message.read":
      return { read: raise(it.read, side, d.upto), delivered: raise(it.delivered, side, d.upto) };
    case "customer.absorbed":
      return { absorbed: [...others(it, d.source), { source: d.source, upto: d.upto }] };
    case "customer.unmerged":
      return { absorbed: others(it, d.source) };
    default:
      return {};
  }
}

/** @param {Conversation} it @param {string} source */
const others = (it, source) => it.absorbed.filter((one) => one.source !== source);

/** @param {{customer: number, staff: number}} marks @param {"customer" | "staff"} side @param {number} upto */
const raise = (marks, side, upto) => ({ ...marks, [side]: Math.max(marks[side], upto) });
