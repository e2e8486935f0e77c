/** How the page around names its customer: by their id there, by e-mail, by phone; the better key first. Pure. */

/** @typedef {{customer?: string, email?: string, phone?: string}} Keys */

export const KEYS = /** @type {const} */ (["customer", "email", "phone"]);

/** The longest text the hub looks for (hub/transport/frames.py: Sought). */
const MOST = 254;

/** Only what we know, only texts: it comes from another page. @param {Record<string, unknown>} said @returns {Keys} */
export function keysOf(said) {
  const named = KEYS.map((key) => [key, typeof said[key] === "string" ? String(said[key]).trim().slice(0, MOST) : ""]);
  return Object.fromEntries(named.filter(([, value]) => value));
}

/** @param {string} hash `#customer=C-1001&email=…` @returns {Keys} */
export function keysIn(hash) {
  return keysOf(Object.fromEntries(new URLSearchParams(hash.replace(/^#/, ""))));
}

/** @param {Keys} keys the same as an address's hash */
export function written(keys) {
  return `#${new URLSearchParams(/** @type {any} */ (keys))}`;
}
