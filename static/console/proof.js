/** How well an address is proven, weakest first, as the hub orders it (hub/model/identity.py). */

export const PROOFS = /** @type {const} */ (["claim", "agent_word", "one_time_code", "signed"]);

/** Named; logs of before 2026-11-23 have numbers. @param {string | number} proof @returns {typeof PROOFS[number]} */
export function proofName(proof) {
  const known = typeof proof === "number" ? PROOFS[proof] : PROOFS.find((it) => it === proof);
  return known ?? "claim"; // an unknown proof proves nothing
}

/** @param {string | number} a @param {string | number} b is `a` the better one? */
export function better(a, b) {
  return PROOFS.indexOf(proofName(a)) > PROOFS.indexOf(proofName(b));
}
