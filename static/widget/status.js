// Who answers now, and the one line of truth under the composer. Pure: the words' keys, not the words.

/** @param {import("../sdk/customer.js").Customer} customer @returns {{title: string, does: string, name?: string, kind: string}} */
export function who({ thread, online }) {
  const { kind, name } = thread?.state.owner ?? { kind: "none" };
  if (kind === "agent") return { kind, name, title: "", does: "who.agent.does" };
  if (kind === "queue") return { kind, title: "who.queue", does: online ? "who.queue.online" : "who.queue.offline" };
  if (kind === "bot") return { kind, title: "who.bot", does: "who.bot.does" };
  return { kind, title: "", does: online ? "who.online" : "who.offline" };
}

/**
 * @param {import("../sdk/customer.js").Customer} customer
 * @param {{code: number, reason: string} | null} closed why it stopped for good
 * @param {boolean} network what the browser says
 * @returns {[key: string, values?: object] | null}
 */
export function truth(customer, closed, network) {
  const waits = customer.outbox.entries.some((entry) => entry.state === "queued");
  if (closed) return [closedKey(closed), { code: closed.reason || closed.code }];
  if (!network) return [waits ? "offline.queued" : "offline"];
  if (customer.state === "open") return null;
  return [waits ? "connecting.queued" : "connecting"];
}

function closedKey({ code }) {
  if (code === 4001 || code === 4003) return "closed.auth";
  return code === 4010 ? "closed.erased" : "closed";
}
