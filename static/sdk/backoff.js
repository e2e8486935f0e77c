// When to connect again: the delay grows with full jitter, and the close code's range says whether to at all.

/** Milliseconds to wait before attempt `n` (0, 1, 2 …): random(0, min(30 s, 0.5 s · 2^n)). */
export const delay = (/** @type {number} */ n, random = Math.random) =>
  random() * Math.min(30_000, 500 * 2 ** Math.min(n, 10));

/**
 * A connection that lived this long (ms) was a good one: counting starts again. A minute was too long: nodes that die
 * in turn, every few seconds, made clients of a healthy hub wait for half a minute (docs/reliability.md, R1).
 */
export const STABLE = 5_000;

/**
 * What a close code asks for. The ranges are the contract; single codes only matter where sign-in is concerned.
 * @param {number} code
 * @returns {"stop" | "ticket" | "backoff" | "resume"}
 */
export function verdict(code) {
  if (code === 4001) return "ticket";
  if (code >= 4000 && code < 4100) return "stop";
  if (code >= 4200 && code < 4300) return "resume";
  return "backoff";
}
