// Which events of a call are told as a quiet line of the thread, and in which words. Pure.

import { stopwatch } from "../../calls/stopwatch.js";

/**
 * @param {import("../../sdk/log.js").EventFrame} event
 * @returns {[key: string, values?: Record<string, any>] | null} null when there is nothing to tell
 */
export function line({ type, by, d }) {
  const side = (d.party ?? by.kind) === "customer" ? "mine" : "theirs";
  const name = d.name || by.name;
  switch (type) {
    case "call.requested":
      return [`call.line.asked.${side}.${d.media}`, { name: by.name }]; // d.name is who is called
    case "call.accepted":
      return [`call.line.accepted.${side}`, { name }];
    case "call.declined":
      return [`call.line.declined.${side}`];
    case "call.cancelled":
      return [`call.line.cancelled.${side}`, { name }];
    case "call.missed":
      return [`call.line.missed.${d.reason}`];
    case "call.said":
      return ["call.line.said", { text: d.text }];
    case "call.joined":
    case "call.left":
    case "call.switched":
    case "call.upgraded":
      // Whoever agreed was told; and the bot only waited for somebody.
      return d.topology === "relay" || d.party === "bot" ? null : [`call.line.${type.slice(5)}`, { name }];
    case "call.announced":
      return [`call.line.supervised.${d.listening}`];
    case "call.ended":
      return [d.reason === "abandoned" ? "call.line.abandoned" : `call.line.ended.${d.media}`, { time: stopwatch(d.seconds) }];
    case "consent.requested":
      return ["call.line.requested", { name }];
    case "consent.granted":
    case "consent.refused":
    case "consent.withdrawn":
      return [`call.line.${type.slice(8)}.${side}`, { name }];
    case "recording.started":
    case "recording.stopped":
      return [`call.line.${type.slice(10)}`];
    default:
      return null;
  }
}
