// Covers static/sdk/thread.js, threads.js, fold.js, receipts.js and typing.js: a conversation as a page sees it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../static/sdk/emitter.js";
import { Failure } from "../../static/sdk/failure.js";
import { Thread } from "../../static/sdk/thread.js";
import { Threads } from "../../static/sdk/threads.js";
import { event, platform, settled } from "./fakes.mjs";

/** A connection whose hub answers `history` and `conversation.follow` from the given logs. */
class Wire extends Emitter {
  state = "open";
  requests = [];
  sent = [];
  logs = {};
  down = false;

  constructor() {
    super();
    this.platform = platform();
  }

  send(frame) {
    this.sent.push(frame);
  }

  async request(type, d) {
    this.requests.push([type, d]);
    if (this.down) throw new Failure("disconnected");
    return { d: type === "history" ? this.history(d) : { conversation: { epoch: "e", seq: 2, owner: { kind: "queue" } } } };
  }

  history({ conversation, before, limit }) {
    const all = (this.logs[conversation] ?? []).filter((one) => !before || one.seq < before);
    const events = all.slice(-limit);
    return { conversation, epoch: "e", events, more: all.length > limit, oldest: events[0]?.seq ?? before };
  }
}

const many = (from, to, more) => Array.from({ length: to - from + 1 }, (_, i) => event(from + i, more));
const seqs = (thread) => thread.events.map((one) => `${one.conversation}${one.seq}`);

function customer(wire, said = {}, seq = 0) {
  const thread = new Thread(wire, "c1", { side: "customer" });
  thread.is({ status: "resolved", ...said }, "e", seq);
  return thread;
}

function replay(thread, events) {
  for (const one of events) thread.receive(one);
  thread.receive({ t: "live", conversation: "c1", seq: events.at(-1)?.seq ?? 0, oldest: events[0]?.seq ?? 1 });
}

test("of a replay screens are told when it is over, or now and then while it lasts; of what comes live at once", async () => {
  const wire = new Wire();
  const thread = new Thread(wire, "c1", { side: "customer" });
  const told = [];
  thread.on("change", () => told.push(thread.events.length));
  thread.is({ status: "resolved" }, "e", 0);
  for (const one of many(1, 20)) thread.receive(one);
  assert.deepEqual(told, []);
  await wire.platform.pass(100);
  assert.deepEqual(told, [20], "a slow network's customer sees it grow");
  for (const one of many(21, 40)) thread.receive(one);
  thread.receive({ t: "live", conversation: "c1", seq: 40, oldest: 1 });
  thread.receive(event(41));
  thread.receive(event(42));
  assert.deepEqual(told, [20, 40, 41, 42]);
  await wire.platform.pass(1_000);
  assert.deepEqual(told, [20, 40, 41, 42, 42]);
});

test("scrolling back pages to the very first event", async () => {
  const wire = new Wire();
  wire.logs.c1 = many(1, 130);
  const thread = customer(wire, {}, 130);
  replay(thread, many(81, 130));
  await Promise.all([thread.older(), thread.older()]);
  assert.equal(thread.events.length, 100);
  await thread.older();
  assert.deepEqual([thread.events.length, thread.more, wire.requests.length], [130, false, 2]);
  await thread.older();
  assert.equal(wire.requests.length, 2);
});

test("a gap is filled from history, across pages, before the resume point moves on", async () => {
  const wire = new Wire();
  wire.logs.c1 = many(1, 120);
  const thread = customer(wire);
  replay(thread, many(1, 2));
  thread.receive(event(120));
  assert.deepEqual(thread.log.point, { epoch: "e", seq: 2 });
  await settled();
  assert.deepEqual([thread.log.point.seq, thread.events.length], [120, 120]);
});

test("a gap that can't be filled resumes in front of it", async () => {
  const wire = new Wire();
  const thread = customer(wire);
  replay(thread, many(1, 2));
  wire.down = true;
  thread.receive(event(9));
  await settled();
  assert.equal(thread.log.point.seq, 2);
});

test("too much missed: the newest page, then older ones on demand", async () => {
  const wire = new Wire();
  wire.logs.c1 = many(1, 900);
  const thread = customer(wire);
  replay(thread, many(1, 3));
  thread.receive({ t: "resync", conversation: "c1", from: 3 });
  thread.receive({ t: "live", conversation: "c1", seq: 900, oldest: 900 });
  await settled();
  assert.deepEqual([seqs(thread)[0], seqs(thread).at(-1), thread.more], ["c1851", "c1900", true]);
});

test("a restored hub starts the thread afresh", () => {
  const thread = customer(new Wire());
  replay(thread, many(1, 5));
  thread.receive({ t: "reset", conversation: "c1", epoch: "f" });
  replay(thread, many(1, 2));
  assert.deepEqual([seqs(thread), thread.log.point], [["c11", "c12"], { epoch: "f", seq: 2 }]);
});

test("an absorbed conversation is read in, in the order of time, up to where it was absorbed", async () => {
  const wire = new Wire();
  wire.logs.old = [1, 2, 3].map((seq) => event(seq, { conversation: "old", at: 1_500 + seq }));
  const thread = customer(wire);
  replay(thread, many(1, 2));
  thread.receive(event(3, { type: "customer.absorbed", by: { kind: "system", id: "hub", name: "" }, d: { source: "old", upto: 2 } }));
  await settled();
  assert.deepEqual(seqs(thread), ["c11", "old1", "old2", "c12", "c13"]);
  assert.ok(thread.owns("old"));
});

test("what was absorbed by mistake goes at once, and what of it is still on its way stays out", async () => {
  const wire = new Wire();
  wire.logs.old = [1, 2].map((seq) => event(seq, { conversation: "old", at: 500 + seq }));
  const thread = customer(wire);
  replay(thread, many(1, 2));
  const absorbed = (seq, upto) => thread.receive(event(seq, { type: "customer.absorbed", d: { source: "old", upto } }));
  const unmerged = (seq) => thread.receive(event(seq, { type: "customer.unmerged", d: { source: "old" } }));
  absorbed(3, 1);
  await settled();
  assert.deepEqual(seqs(thread), ["old1", "c11", "c12", "c13"]);
  unmerged(4);
  assert.deepEqual([seqs(thread), thread.owns("old")], [["c11", "c12", "c13", "c14"], false]);
  absorbed(5, 2); // its page is asked for, and comes when it is undone again
  unmerged(6);
  await settled();
  assert.deepEqual(seqs(thread), ["c11", "c12", "c13", "c14", "c15", "c16"]);
});

test("what is absorbed again, while nobody listened, is read in to its new end", async () => {
  const wire = new Wire();
  wire.logs.old = [1, 2].map((seq) => event(seq, { conversation: "old", at: 500 + seq }));
  const thread = customer(wire, { absorbed: [{ source: "old", upto: 1 }] }, 2);
  replay(thread, many(1, 2));
  await settled();
  thread.is({ absorbed: [{ source: "old", upto: 2 }] }, "e", 5);
  await settled();
  assert.deepEqual(seqs(thread), ["old1", "old2", "c11", "c12"]);
});

test("marks of both sides, the owner and the unread count follow the events", () => {
  const agent = { kind: "agent", id: "a1", name: "李明" };
  const me = { kind: "customer", id: "c1", name: "" };
  const thread = customer(new Wire(), { read: { customer: 1, staff: 0 } }, 2);
  replay(thread, many(1, 2));
  assert.equal(thread.unread, 1);
  thread.receive(event(3, { type: "owner.changed", d: { owner: agent, tenure: 4, reason: "accepted" } }));
  thread.receive(event(4, { by: me }));
  thread.receive(event(5, { type: "message.read", by: agent, d: { upto: 4 } }));
  thread.receive(event(6, { by: agent }));
  assert.deepEqual([thread.state.owner.name, thread.state.status, thread.unread], ["李明", "open", 2]);
  assert.deepEqual(thread.state.read, { customer: 1, staff: 4 });
  thread.receive(event(7, { type: "message.read", by: me, d: { upto: 6 } })); // read in another tab
  thread.receive(event(8, { type: "conversation.resolved", by: agent, d: { session: 1, outcome: "solved" } }));
  assert.deepEqual([thread.unread, thread.state.status, thread.state.owner.kind], [0, "resolved", "none"]);
});

test("replayed events do not undo what welcome said of a later moment", () => {
  const thread = customer(new Wire(), { owner: { kind: "agent", id: "a1", name: "李明" } }, 9);
  replay(thread, [event(8, { type: "owner.changed", d: { owner: { kind: "queue", id: "", name: "" } } }), event(9)]);
  assert.equal(thread.state.owner.kind, "agent");
});

test("receipts: read when seen, delivered when not, one for several, never twice", async () => {
  const wire = new Wire();
  const thread = customer(wire, {}, 0);
  replay(thread, many(1, 3));
  thread.receipts.look(false);
  thread.receipts.look(false);
  await wire.platform.pass(400);
  assert.deepEqual(wire.requests.at(-1), ["message.delivered", { conversation: "c1", seq: 3 }]);
  thread.receive(event(4));
  thread.receipts.look(true);
  thread.receive(event(5));
  thread.receipts.look(true);
  await wire.platform.pass(400);
  thread.receipts.look(true);
  await wire.platform.pass(4_000);
  assert.deepEqual(wire.requests.slice(1), [["message.read", { conversation: "c1", seq: 5 }]]);
});

test("a receipt that was lost with the connection is sent again", async () => {
  const wire = new Wire();
  const thread = customer(wire, {}, 0);
  replay(thread, many(1, 3));
  wire.down = true;
  thread.receipts.look(true);
  await wire.platform.pass(400);
  wire.down = false;
  thread.receipts.look(true);
  await wire.platform.pass(400);
  assert.equal(wire.requests.length, 2);
});

test("typing is told at most every 3 s, and believed until a message or 6 s of silence", async () => {
  const wire = new Wire();
  const thread = customer(wire);
  replay(thread, []);
  thread.typing.pressed();
  thread.typing.pressed();
  await wire.platform.pass(3_000);
  thread.typing.pressed();
  thread.typing.stopped();
  thread.typing.stopped();
  assert.deepEqual(wire.sent.map((frame) => frame.on), [true, true, false]);

  const by = { kind: "bot", id: "bot", name: "" };
  thread.receive({ t: "typing", conversation: "c1", by, on: true });
  assert.equal(thread.typing.parties.length, 1);
  thread.receive(event(1));
  assert.equal(thread.typing.parties.length, 0);
  thread.receive({ t: "typing", conversation: "c1", by, on: true });
  await wire.platform.pass(6_000);
  assert.equal(thread.typing.parties.length, 0);
});

test("an agent's socket carries many threads and resumes them all", async () => {
  const wire = new Wire();
  const threads = new Threads(wire);
  const { thread, row } = await threads.follow("c1");
  assert.equal(row.owner.kind, "queue");
  wire.emit("event", event(1));
  wire.emit("next", { t: "next", conversation: "c1", seq: 2 });
  await threads.follow("c2");
  await threads.follow("c1");
  assert.deepEqual(wire.requests.at(-1), ["conversation.follow", { conversation: "c1", resume: { epoch: "e", seq: 2 } }]);
  assert.equal(thread.unread, 0); // the bot's message is this side's own
  const strangers = [];
  threads.on("stranger", (frame) => strangers.push(frame.seq));
  await threads.unfollow("c1");
  wire.emit("event", event(3));
  assert.deepEqual([strangers, thread.events.length], [[3], 1]);
});

test("a conversation that may not be followed leaves nothing behind", async () => {
  const wire = new Wire();
  wire.down = true;
  const threads = new Threads(wire);
  await assert.rejects(threads.follow("c1"), { code: "disconnected" });
  assert.equal(threads.get("c1"), undefined);
});
