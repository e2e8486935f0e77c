// Covers static/sdk/merge.js: several logs of one person read as one sequence.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Log } from "../../static/sdk/log.js";
import { merge, nextToPage } from "../../static/sdk/merge.js";
import { chance, event } from "./fakes.mjs";

function log(conversation, events, more = false) {
  const it = new Log(conversation);
  it.page(0, { events: events.map(([seq, at]) => event(seq, { at, conversation })), more, oldest: events[0][0] });
  return it;
}

const names = (logs) => merge(logs).map((one) => `${one.conversation}${one.seq}`);

test("heads are compared by time, then by seq", () => {
  const a = log("a", [[1, 10], [2, 30], [4, 50]]);
  const b = log("b", [[1, 20], [3, 50]]);
  assert.deepEqual(names([a, b]), ["a1", "b1", "a2", "b3", "a4"]);
});

test("a clock that went back never turns a log's own order", () => {
  const a = log("a", [[1, 10], [2, 5], [3, 40]]);
  const b = log("b", [[1, 7]]);
  const order = names([a, b]).filter((name) => name.startsWith("a"));
  assert.deepEqual(order, ["a1", "a2", "a3"]);
});

test("nothing is shown from before the point up to which a log still has older pages", () => {
  const a = log("a", [[51, 500], [52, 600]], true);
  const b = log("b", [[1, 100], [2, 550]]);
  assert.deepEqual(names([a, b]), ["a51", "b2", "a52"]);
  assert.equal(nextToPage([a, b]), a);
  a.page(51, { events: [event(50, { at: 50, conversation: "a" })], more: false, oldest: 50 });
  assert.deepEqual(names([a, b]), ["a50", "b1", "a51", "b2", "a52"]);
  assert.equal(nextToPage([a, b]), null);
});

test("paging back by the log that hides most shows every event, once, and never inserts above what was shown", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = chance(seed);
    const full = ["a", "b", "c"].map((name) => {
      let at = 0;
      return Array.from({ length: Math.floor(random() * 30) }, (_, i) => event(i + 1, { conversation: name, at: (at += Math.floor(random() * 5)) }));
    });
    const logs = full.map((events, i) => Object.assign(new Log("abc"[i]), { more: events.length > 0 }));
    let shown = [];
    for (let next; (next = nextToPage(logs)); ) {
      const rest = full["abc".indexOf(next.conversation)].filter((one) => !next.start || one.seq < next.start);
      const events = rest.slice(-4);
      next.page(next.start, { events, more: rest.length > 4, oldest: events[0].seq });
      if (logs.some((one) => one.more && !one.events.length)) continue; // its first page is asked for at once
      const now = names(logs);
      assert.deepEqual(now.slice(now.length - shown.length), shown, `seed ${seed}`);
      shown = now;
    }
    assert.equal(shown.length, full.flat().length, `seed ${seed}`);
  }
});
