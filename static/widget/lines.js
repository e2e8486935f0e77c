// Which events are told as a quiet line, and in which words. Pure.

/** Why a person's stretch ended while the customer was waiting for more. */
const LOST = { agent_unreachable: "line.unreachable", agent_left: "line.left" };
/** The bot hands over with a message of its own. */
const BOT_SAID = ["asked", "handed_over", "merged"];
const NEWS = /^(ticket_(open|pending|solved|closed)|(order|shipment)_delivered|order_(shipped|cancelled)|shipment_(in_transit|out_for_delivery|exception))$/;
const TO_BOT = { customer_cancelled: "line.cancelled", returned_to_bot: "line.bot" };

/**
 * @param {import("../sdk/log.js").EventFrame} event
 * @returns {[key: string, values?: Record<string, any>] | null} null when there is nothing to tell
 */
export function line({ type, d }) {
  switch (type) {
    case "owner.changed":
      return owner(d);
    case "conversation.resolved":
      return ["line.resolved"];
    case "conversation.reopened":
      return ["line.reopened"];
    case "handoff.requested":
      return ["line.asked"];
    case "csat.rated":
      return ["line.rated", { score: d.score }];
    case "ticket.opened":
      return ["line.ticket", d];
    case "ticket.changed":
      return news("ticket", d.status, d.number);
    case "crm.news":
      return news(d.kind, d.status, d.ref);
    case "customer.absorbed":
      return ["line.absorbed"];
    default:
      return null;
  }
}

/** What changes what a customer may expect. A CRM's own words for a status that we don't know tell them nothing. */
function news(kind, status, number) {
  const what = `${kind}_${status}`;
  return NEWS.test(what) ? [`news.${what}`, { number }] : null;
}

function owner({ owner: now, reason, previous }) {
  if (now.kind === "agent") return [previous?.kind === "agent" ? "line.transferred" : "line.joined", now];
  if (now.kind === "bot") return TO_BOT[reason] ? [TO_BOT[reason]] : null;
  if (now.kind !== "queue" || BOT_SAID.includes(reason)) return null; // resolved: told by its own event
  return LOST[reason] ? [LOST[reason], previous] : ["line.queue"];
}
