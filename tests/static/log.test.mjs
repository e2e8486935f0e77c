// Covers static/sdk/log.js: what a page holds of one log stays ordered, without repeats, and resumes at the right place.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Log } from "../../static/sdk/log.js";
import { chance, event } from "./fakes.mjs";

const seqs = (log) => log.events.map((one) => one.seq);

const page = (held, more) => ({ events: held.map((seq) => event(seq)), more, oldest: held[0] });

function live(...held) {
  const log = new Log("c1");
  log.epoch = "e";
  for (const seq of held) log.take(event(seq));
  log.wentLive({ seq: held.at(-1) ?? 0, oldest: held[0] ?? 1 });
  return log;
}

test("a first connection may start anywhere, and older pages remain to be asked for", () => {
  const log = live(71, 74, 75);
  assert.deepEqual([log.seq, log.more, log.point], [75, true, { epoch: "e", seq: 75 }]);
});

test("an empty conversation has nothing older and no place to resume from", () => {
  const log = live();
  assert.deepEqual([log.more, log.point], [false, null]);
});

test("live events move the cursor one by one; `next` steps over hidden ones", () => {
  const log = live(1, 2);
  assert.equal(log.take(event(3)), "new");
  log.next(5);
  assert.equal(log.take(event(6)), "new");
  assert.equal(log.take(event(6)), "dup");
  assert.equal(log.seq, 6);
});

test("after a gap the resume point stays in front of it until it is filled", () => {
  const log = live(1, 2);
  assert.equal(log.take(event(5)), "gap");
  assert.equal(log.take(event(6)), "new");
  log.next(8);
  assert.equal(log.seq, 2);
  log.page(6, page([3, 4, 5], false));
  log.filled();
  assert.deepEqual([log.seq, seqs(log)], [8, [1, 2, 3, 4, 5, 6]]);
});

test("a replay after an interrupted gap is taken from the resume point", () => {
  const log = live(1, 2);
  log.take(event(5));
  log.interrupted();
  for (const seq of [3, 4, 5, 6]) log.take(event(seq));
  log.wentLive({ seq: 6, oldest: 3 });
  assert.deepEqual([log.seq, seqs(log)], [6, [1, 2, 3, 4, 5, 6]]);
});

test("filling a hole does not change whether older pages remain", () => {
  const log = live(11, 12);
  log.take(event(20));
  log.page(20, page([13], false));
  assert.deepEqual([log.more, log.start], [true, 11]);
  log.page(11, page([10], false));
  assert.deepEqual([log.more, log.start], [false, 10]);
});

test("a page may hold nothing that this reader may see: paging goes on behind it", () => {
  const log = live(11, 12);
  log.page(11, { events: [], more: true, oldest: 4 });
  assert.deepEqual([log.start, log.more], [4, true]);
});

test("an absorbed log ends where it was absorbed", () => {
  const log = new Log("old", 4);
  log.page(5, page([3, 4, 5], true));
  assert.deepEqual(seqs(log), [3, 4]);
});

test("another life forgets everything", () => {
  const log = live(1, 2);
  log.reset("f");
  assert.deepEqual([log.events, log.seq, log.epoch, log.point], [[], 0, "f", null]);
});

test("any loss, repeat or interruption ends complete, once and in order", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = chance(seed);
    const hub = Array.from({ length: 40 }, (_, i) => ({ ...event(i + 1), hidden: random() < 0.3 }));
    const log = live();
    let sent = 0;
    while (log.seq < hub.length || sent < hub.length) {
      const dice = random();
      if (dice < 0.15) log.interrupted(), replay(log, hub.slice(0, sent));
      else if (dice < 0.3 && sent > 0) deliver(log, hub[Math.floor(random() * sent)], hub); // a repeat
      else if (sent < hub.length) {
        sent++;
        if (random() > 0.1) deliver(log, hub[sent - 1], hub); // else it is lost: the next one shows a gap
        else if (sent === hub.length) log.interrupted(), replay(log, hub);
      } else log.interrupted(), replay(log, hub);
    }
    const visible = hub.filter((one) => !one.hidden).map((one) => one.seq);
    assert.deepEqual(seqs(log), visible, `seed ${seed}`);
  }
});

/** Live: a hidden event is told as `next`; a gap is filled from history at once. */
function deliver(log, one, hub) {
  if (one.hidden) {
    // The hub's own cursor would have read a gap before saying "next": it never jumps over a lost visible one.
    if (one.seq <= log.tip + 1) log.next(one.seq);
    return;
  }
  if (log.take(one) !== "gap") return;
  const missing = hub.filter((other) => other.seq > log.seq && other.seq < one.seq && !other.hidden);
  log.page(one.seq, { events: missing, more: false, oldest: log.seq + 1 });
  log.filled();
}

function replay(log, hub) {
  for (const one of hub.slice(log.seq)) one.hidden || log.take(one);
  log.wentLive({ seq: hub.length, oldest: 1 });
}
