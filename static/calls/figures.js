// How a connection does, from the browser's own statistics: figures for the hub, one word for people. Pure.

/** @typedef {{loss: number, jitter_ms: number, rtt_ms: number, kbps: number}} Figures loss 0..1, kbps received */
/** @typedef {{at: number, packets: number, lost: number, bytes: number}} Counted what adds up, at a time (ms) */

/** Up to here a call is good, up to there fair (loss, jitter ms, round trip ms): beyond, people begin to talk at once. */
const GOOD = { loss: 0.02, jitter_ms: 30, rtt_ms: 300 };
const FAIR = { loss: 0.08, jitter_ms: 80, rtt_ms: 600 };

/**
 * @param {Iterable<any>} report the values of an RTCStatsReport
 * @param {Counted} [before] what was counted the last time
 * @returns {{figures: Figures, counted: Counted}}
 */
export function measured(report, before) {
  const all = [...report];
  const incoming = all.filter((it) => it.type === "inbound-rtp");
  const sum = (/** @type {string} */ name) => incoming.reduce((n, it) => n + (it[name] ?? 0), 0);
  const counted = { at: all[0]?.timestamp ?? 0, packets: sum("packetsReceived"), lost: sum("packetsLost"), bytes: sum("bytesReceived") };
  const [packets, lost, bytes, ms] = ["packets", "lost", "bytes", "at"].map((name) => Math.max(0, counted[name] - (before?.[name] ?? 0)));
  return {
    counted,
    figures: {
      loss: round(packets + lost ? lost / (packets + lost) : 0, 4),
      jitter_ms: round(1_000 * Math.max(0, ...incoming.map((it) => it.jitter ?? 0)), 1),
      rtt_ms: round(1_000 * trip(all), 1),
      kbps: before && ms ? Math.round((8 * bytes) / ms) : 0,
    },
  };
}

/** There and back in seconds: what the other side's reports say, which cross a relay; else to the next hop. */
function trip(all) {
  const said = all.filter((it) => it.type === "remote-inbound-rtp" && it.roundTripTime).map((it) => it.roundTripTime);
  const paths = all.filter((it) => it.type === "candidate-pair" && it.nominated && it.currentRoundTripTime);
  return said.length ? Math.max(...said) : (paths[0]?.currentRoundTripTime ?? 0);
}

/** @param {number} n @param {number} digits */
const round = (n, digits) => Number(n.toFixed(digits));

/** @param {Figures} figures @returns {"good" | "fair" | "poor"} */
export function quality(figures) {
  const within = (/** @type {typeof GOOD} */ most) => Object.entries(most).every(([name, limit]) => figures[name] <= limit);
  return within(GOOD) ? "good" : within(FAIR) ? "fair" : "poor";
}

/** Of several connections, what the worst of each is. @param {Figures[]} many @returns {Figures} */
export const worst = (many) =>
  many.reduce((a, b) => ({
    loss: Math.max(a.loss, b.loss),
    jitter_ms: Math.max(a.jitter_ms, b.jitter_ms),
    rtt_ms: Math.max(a.rtt_ms, b.rtt_ms),
    kbps: a.kbps + b.kbps,
  }));
