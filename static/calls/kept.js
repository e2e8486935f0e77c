// What this tab remembers of the call that it is in, so that a reload of the page goes on with it.

const KEY = "onethread.call";

/** @typedef {{call: string, conversation: string, audio: boolean, video: boolean}} Kept what was on when the page went */

/** @returns {Kept | null} null too where the browser keeps nothing for us */
export function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Kept | null} it */
export function keep(it) {
  try {
    if (it) sessionStorage.setItem(KEY, JSON.stringify(it));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Forbidden: a reload ends the call here, no more.
  }
}
