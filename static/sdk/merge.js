// Several logs of one person as one sequence. Pure.

/** @typedef {import("./log.js").Log} Log @typedef {import("./log.js").EventFrame} EventFrame */

/**
 * Each log in its own order, heads compared by (at, seq). What lies before the oldest event of a log that still has
 * older pages is left out: a line must not appear above one that is already being read.
 * @param {Log[]} logs @returns {EventFrame[]}
 */
export function merge(logs) {
  const heads = logs.map(({ events }) => ({ events, next: 0 }));
  const merged = [];
  for (let head; (head = earliest(heads)); head.next++) merged.push(head.events[head.next]);
  const starts = logs.map((log) => (log.more && log.events.length ? merged.indexOf(log.events[0]) : 0));
  return merged.slice(Math.max(0, ...starts));
}

/** @param {{events: EventFrame[], next: number}[]} heads */
function earliest(heads) {
  const open = heads.filter((head) => head.next < head.events.length);
  return open.reduce((best, head) => (best && !before(head, best) ? best : head), open[0]);
}

/** @param {{events: EventFrame[], next: number}} a @param {{events: EventFrame[], next: number}} b */
function before(a, b) {
  const [one, other] = [a.events[a.next], b.events[b.next]];
  return one.at < other.at || (one.at === other.at && one.seq < other.seq);
}

/** The log to page back in next, or null when everything is held. @param {Log[]} logs @returns {Log | null} */
export function nextToPage(logs) {
  const unread = logs.find((log) => log.more && !log.events.length);
  const oldest = merge(logs)[0];
  return unread ?? logs.find((log) => log.more && log.events[0] === oldest) ?? null;
}
