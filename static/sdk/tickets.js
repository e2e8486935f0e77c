// How a socket gets its one-use ticket: an HTTPS call that proves who is asking.

import { Failure, failure } from "./failure.js";

/**
 * @param {string} host e.g. https://talk.example.com
 * @param {object} proof {kind: "visitor" | "customer" | "agent", site?, device_secret?, token?, channel?}
 * @param {AbortSignal} signal nobody waits for it any more
 * @returns {Promise<{ticket: string, expires_in: number, device_secret?: string}>} rejects with a Failure
 */
export async function ticket(host, proof, signal) {
  const asked = fetch(`${host}/api/v1/tickets`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(proof),
    cache: "no-store",
    signal,
  });
  const response = await asked.catch(() => {
    throw new Failure("network");
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw failure({ retry: response.status >= 500 || response.status === 429, ...answer, status: response.status });
}
