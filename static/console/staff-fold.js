/** What staff see of a conversation, folded from its events: the other half of the SDK's fold. Pure. */

import { better } from "./proof.js";

/** @typedef {import("./order.js").Row} Row */
/** @typedef {import("./timeline.js").Seen} Seen */

/** @param {Row} row @param {Seen} event @returns {Row} */
export function apply(row, event) {
  return { ...row, ...change(row, event) };
}

/** @param {Row} row @param {Seen} event @returns {Partial<Row>} */
function change(row, { type, d }) {
  switch (type) {
    case "session.opened":
      return { session: d.session };
    case "owner.changed":
      return { owner: d.owner, tenure: d.tenure, status: statusOf(d.owner), reservation: null, snoozed_until: 0 };
    case "conversation.snoozed":
      return { status: "snoozed", snoozed_until: d.until };
    case "conversation.woken":
      return { status: statusOf(row.owner), snoozed_until: 0 };
    case "reservation.made":
      return { reservation: { agent: d.agent, name: d.name, until: d.until } };
    case "reservation.declined":
    case "reservation.expired":
      return { reservation: null };
    case "tag.added":
      return { tags: [...row.tags.filter((tag) => tag !== d.tag), d.tag] };
    case "tag.removed":
      return { tags: row.tags.filter((tag) => tag !== d.tag) };
    case "identity.added":
      return { identities: withIdentity(row.identities, d.identity) };
    case "customer.carried":
      return { identities: d.identities.reduce(withIdentity, row.identities) };
    case "context.attached":
      return d.name ? { customer: { ...row.customer, name: d.name, surname: d.surname, tier: d.tier } } : {};
    case "customer.merged":
      return { merged_into: d.into };
    case "customer.released":
      return { merged_into: "" };
    default:
      return {};
  }
}

/** @param {Row["owner"]} owner @returns {Row["status"]} */
function statusOf({ kind }) {
  if (kind === "none") return "resolved";
  return kind === "bot" ? "pending" : "open";
}

/** Of the same address the better proof stays. @param {Row["identities"]} held @param {Row["identities"][number]} added */
function withIdentity(held, added) {
  if (added.kind === "visitor") return held; // a device, of no use to an agent
  const old = held.find((it) => it.kind === added.kind && it.value === added.value);
  if (!old) return [...held, added];
  return held.map((it) => (it === old && better(added.proof, old.proof) ? added : it));
}
