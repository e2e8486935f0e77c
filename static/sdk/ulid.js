// ULIDs, the ids of requests: 48 bits of time, 80 of chance, Crockford's base 32; rising within one millisecond.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** @param {number} n @param {number} length */
function base32(n, length) {
  let text = "";
  for (let i = 0; i < length; i++, n = Math.floor(n / 32)) text = ALPHABET[n % 32] + text;
  return text;
}

/** The next text in order: "…0Z" becomes "…10". @param {string} text */
function next(text) {
  const at = text.search(/[^Z]Z*$/);
  const raised = ALPHABET[ALPHABET.indexOf(text[at]) + 1];
  return text.slice(0, at) + raised + "0".repeat(text.length - at - 1);
}

const chance = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => ALPHABET[b & 31]).join("");

/**
 * A maker of ULIDs with its own memory of the last one.
 * @param {() => number} now epoch milliseconds
 * @param {() => string} tail 16 random base-32 characters
 */
export function ulids(now = Date.now, tail = chance) {
  let time = 0;
  let end = "";
  return () => {
    const at = now();
    // A clock that stands still or goes back must not break the order in which messages were written.
    end = at > time ? tail() : next(end);
    time = Math.max(time, at);
    return base32(time, 10) + end;
  };
}

export const ulid = ulids();
