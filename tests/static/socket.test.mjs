// Covers static/sdk/socket.js, heartbeat.js and requests.js: connecting, staying, and coming back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../static/sdk/failure.js";
import { Socket } from "../../static/sdk/socket.js";
import { platform, settled } from "./fakes.mjs";

const WELCOME = { t: "welcome", connection: "x", heartbeat_s: 25, durability: "fsync", limits: {} };

function start(options = {}) {
  const on = platform(options);
  let tickets = 0;
  const socket = new Socket({
    url: "wss://hub/ws",
    device: "d1",
    ticket: async () => `ticket-${++tickets}`,
    hello: () => ({ locale: "zh-CN" }),
    platform: on,
    ...options,
  });
  const seen = [];
  socket.on("closed", (why) => seen.push(why));
  socket.open();
  return { on, socket, seen };
}

async function welcomed(options) {
  const it = start(options);
  await settled();
  it.on.socketNow.accept();
  it.on.socketNow.says(WELCOME);
  return it;
}

test("hello carries the ticket, which never stands in the URL", async () => {
  const { on, socket } = await welcomed();
  assert.deepEqual([on.socketNow.url, on.socketNow.protocol], ["wss://hub/ws", "onethread.v1"]);
  assert.deepEqual(on.socketNow.sent, [{ t: "hello", ticket: "ticket-1", device: "d1", locale: "zh-CN" }]);
  assert.equal(socket.state, "open");
});

test("a request is answered by its own ack, whatever else comes in between", async () => {
  const { on, socket } = await welcomed();
  const first = socket.request("note.add", { text: "a" });
  const second = socket.request("note.add", { text: "b" });
  const [, a, b] = on.socketNow.sent;
  on.socketNow.says({ t: "pong" }, { t: "ack", ref: b.id, seq: 8 }, { t: "ack", ref: a.id, seq: 9, dup: true });
  assert.deepEqual([(await second).seq, (await first).seq, (await first).dup], [8, 9, true]);
});

test("times are told by the hub's clock, however wrong ours is", async () => {
  const { on, socket } = await welcomed();
  assert.equal(socket.now(), on.now());
  on.socketNow.says({ ...WELCOME, now: on.now() + 300_000 });
  await on.pass(1_000);
  assert.equal(socket.now(), on.now() + 300_000);
});

test("half a character never breaks a frame", async () => {
  const { on, socket } = await welcomed();
  socket.request("note.add", { text: "a\ud83d b\ude00 😀" }).catch(() => {});
  assert.equal(on.socketNow.sent[1].d.text, "a\ufffd b\ufffd 😀");
});

test("a refusal is a Failure with the hub's code; a broken connection and no answer are retryable ones", async () => {
  const { on, socket } = await welcomed();
  const refused = socket.request("note.add");
  on.socketNow.says({ t: "error", ref: on.socketNow.sent[1].id, code: "not_owner", message: "…", retry: false });
  await assert.rejects(refused, (why) => why instanceof Failure && why.code === "not_owner" && !why.retry);

  const silent = assert.rejects(socket.request("note.add"), { code: "timeout", retry: true });
  for (const _ of [1, 2, 3, 4]) {
    await on.pass(3_900);
    on.socketNow.says({ t: "typing" }); // it is there, but gives no answer
  }
  await silent;

  const broken = assert.rejects(socket.request("note.add"), { code: "disconnected", retry: true });
  on.socketNow.breaks(1006);
  await broken;
  await assert.rejects(socket.request("note.add"), { code: "disconnected" });
});

test("frames go to their own listeners; unknown ones disturb nobody", async () => {
  const { on, socket } = await welcomed();
  const heard = [];
  socket.on("typing", (frame) => heard.push(frame.on));
  on.socketNow.says({ t: "from-the-future" }, { t: "typing", on: true });
  assert.deepEqual(heard, [true]);
});

test("two pings without any frame in between, and the connection is given up and resumed", async () => {
  const { on, socket } = await welcomed();
  await on.pass(26_000);
  on.socketNow.says({ t: "pong" });
  await on.pass(26_000 * 2);
  assert.equal(socket.state, "open");
  assert.equal(on.sockets.length, 1);
  await on.pass(26_000);
  assert.equal(on.sockets.length, 2);
  assert.equal(on.sockets[0].closed, 4214);
  assert.equal(on.sockets[0].sent.filter((frame) => frame.t === "ping").length, 3);
});

test("delays grow while nothing answers, and start again after five seconds of stability", async () => {
  const { on, socket } = start({ random: () => 1 });
  const delays = [];
  for (let i = 0; i < 8; i++) {
    await settled();
    on.socketNow.breaks(1006);
    delays.push(socket.retryAt - on.now());
    await on.pass(delays.at(-1));
  }
  assert.deepEqual(delays, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  on.socketNow.accept();
  on.socketNow.says({ ...WELCOME, heartbeat_s: 300 });
  await on.pass(5_000);
  on.socketNow.breaks(1006);
  assert.equal(socket.retryAt - on.now(), 500);
});

test("the close code's range decides: stop, back off, or resume at once", async () => {
  const stopped = await welcomed();
  stopped.on.socketNow.breaks(4003, "forbidden");
  await stopped.on.pass(120_000);
  assert.deepEqual([stopped.socket.state, stopped.seen, stopped.on.sockets.length], ["closed", [{ code: 4003, reason: "forbidden" }], 1]);

  const busy = await welcomed({ random: () => 1 });
  busy.on.socketNow.breaks(4100);
  assert.equal(busy.socket.retryAt - busy.on.now(), 500);

  const slow = await welcomed({ random: () => 1 });
  await slow.on.pass(1_000);
  slow.on.socketNow.breaks(4213);
  assert.equal(slow.socket.retryAt - slow.on.now(), 0);
});

test("a drained hub names the delay, and the client keeps to it", async () => {
  const { on, socket } = await welcomed();
  on.socketNow.says({ t: "goaway", reconnect_after_ms: 3_210 });
  on.socketNow.breaks(4200);
  assert.equal(socket.retryAt - on.now(), 3_210);
  await on.pass(3_210);
  assert.equal(on.sockets.length, 2);
});

test("a hub that says 'resume' to every newborn connection does not get a tight loop", async () => {
  const { on, socket } = await welcomed({ random: () => 1 });
  on.socketNow.breaks(4200);
  assert.equal(socket.retryAt - on.now(), 500);
});

test("4001 gets one new ticket; refused again, it stops", async () => {
  const { on, socket, seen } = await welcomed();
  on.socketNow.breaks(4001);
  await on.pass(0);
  on.socketNow.accept();
  assert.equal(on.socketNow.sent[0].ticket, "ticket-2");
  on.socketNow.breaks(4001);
  assert.deepEqual([socket.state, seen[0].code], ["closed", 4001]);
});

test("no ticket: a refusal is final, anything else is tried again when asked to", async () => {
  const final = start({ ticket: () => Promise.reject(new Failure("auth_failed", { retry: false })) });
  await settled();
  assert.deepEqual([final.socket.state, final.seen], ["closed", [{ code: 4001, reason: "auth_failed" }]]);

  const later = start({ ticket: () => Promise.reject(new Failure("rate_limited", { retryAfter: 7 })) });
  await settled();
  assert.equal(later.socket.retryAt - later.on.now(), 7_000);
});

test("the network coming back ends the waiting, and an open connection is probed", async () => {
  const { on, socket } = await welcomed({ random: () => 1 });
  on.wake();
  assert.equal(on.socketNow.sent.at(-1).t, "ping");
  await on.pass(5_000); // no answer: dead, and dialled again at once
  assert.equal(on.sockets.length, 2);
  on.socketNow.breaks(1006);
  assert.equal(socket.state, "waiting");
  on.wake();
  await settled();
  assert.equal(on.sockets.length, 3);
});

test("a probe that is answered changes nothing", async () => {
  const { on, socket } = await welcomed();
  on.wake();
  on.socketNow.says({ t: "pong" });
  await on.pass(20_000);
  assert.deepEqual([socket.state, on.sockets.length], ["open", 1]);
});

test("a hub that owes an answer and says nothing is probed after 4 s, and left after 5 more", async () => {
  const { on, socket } = await welcomed();
  const first = socket.request("message.post").catch((why) => why.code);
  await on.pass(3_000);
  const second = socket.request("message.post").catch((why) => why.code);
  assert.equal(on.socketNow.sent.at(-1).t, "message.post");
  await on.pass(1_000);
  assert.equal(on.socketNow.sent.at(-1).t, "ping");
  await on.pass(5_000);
  assert.deepEqual([on.sockets.length, await first, await second], [2, "disconnected", "disconnected"]);
});

test("a slow answer is no silence: whatever the hub says meanwhile is a sign of life", async () => {
  const { on, socket } = await welcomed();
  const slow = socket.request("crm.read", {}, "R1");
  await on.pass(3_900);
  on.socketNow.says({ t: "typing" });
  for (const _ of [1, 2]) {
    await on.pass(4_000);
    assert.equal(on.socketNow.sent.at(-1).t, "ping");
    on.socketNow.says({ t: "pong" });
  }
  on.socketNow.says({ t: "ack", ref: "R1" });
  assert.deepEqual([(await slow).ref, socket.state, on.sockets.length], ["R1", "open", 1]);
  socket.close();
  assert.deepEqual(on.waiting, []);
});

test("an answer to one question excuses no silence about another", async () => {
  const { on, socket } = await welcomed();
  const lost = socket.request("message.read", {}, "R1").catch((why) => why.code);
  socket.request("message.delivered", {}, "R2");
  on.socketNow.says({ t: "ack", ref: "R2" });
  await on.pass(4_000 + 5_000);
  assert.deepEqual([on.sockets.length, await lost], [2, "disconnected"]);
});

test("a hub that owes nothing is asked nothing", async () => {
  const { on, socket } = await welcomed();
  socket.request("message.read", {}, "R1");
  on.socketNow.says({ t: "ack", ref: "R1" });
  await on.pass(20_000);
  assert.equal(on.socketNow.sent.at(-1).t, "message.read");
});

test("the network coming back begins an attempt anew that got stuck without it, but none that is young", async () => {
  const { on, socket } = start();
  await settled();
  await on.pass(2_000);
  on.wake();
  await settled();
  assert.equal(on.sockets.length, 1);
  await on.pass(2_000);
  on.wake();
  await settled();
  assert.deepEqual([on.sockets.length, on.sockets[0].closed], [2, 1000]);
  on.socketNow.accept();
  on.socketNow.says(WELCOME);
  assert.equal(socket.state, "open");
});

test("a ticket that nobody waits for any more is not asked for any longer", async () => {
  const signals = [];
  const { on, socket } = start({ ticket: (signal) => (signals.push(signal), new Promise(() => {})), random: () => 1 });
  await on.pass(11_900);
  assert.deepEqual([signals.length, signals[0].aborted], [1, false]);
  await on.pass(100 + 500);
  assert.deepEqual(signals.map((it) => it.aborted), [true, false]);
  socket.close();
  assert.equal(signals[1].aborted, true);
});

test("an attempt that hangs is given up", async () => {
  const { on } = start({ random: () => 1 });
  await on.pass(12_000 + 500);
  assert.equal(on.sockets.length, 2);
});

test("closing while the ticket is on its way opens nothing, and late frames of an old socket are not heard", async () => {
  const early = start();
  early.socket.close();
  await settled();
  assert.deepEqual([early.on.sockets.length, early.on.waiting], [0, []]);

  const { on, socket } = await welcomed();
  const old = on.socketNow;
  socket.reconnect();
  await settled();
  const heard = [];
  socket.on("typing", () => heard.push(1));
  old.says({ t: "typing" });
  old.breaks(4003);
  assert.deepEqual([heard, socket.state, on.sockets.length], [[], "connecting", 2]);
});
