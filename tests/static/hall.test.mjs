// Covers static/calls/hall.js: what is offered when, whose picture is on which line, who is away. Real ones: tests/servers/test_halls.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../static/sdk/emitter.js";
import { FakeConnection, FakeStream, platform } from "./fakes.mjs";

Object.assign(globalThis, { MediaStream: FakeStream, RTCPeerConnection: FakeConnection });
const { Hall } = await import("../../static/calls/hall.js");

/** A hall of a call, with what was asked of the hub; `answers` are given in turn, a failure is thrown. */
function hall(...answers) {
  const asked = [];
  const local = Object.assign(new Emitter(), { microphone: "microphone", picture: null, screen: null, stream: new FakeStream() });
  const signals = {
    async ask(type, d) {
      asked.push(d);
      const answer = answers.shift() ?? { type: "answer", sdp: "theirs" };
      if (answer.code) throw answer;
      return answer;
    },
  };
  const call = { id: "K1", pc: "page", local, signals, platform: platform(), peers: new Map(), again: 0, ended: "", anew: () => call.again++, end: (why) => (call.ended = why) };
  return { it: new Hall(call), call, asked, local };
}

const ANNA = { party: "agent:anna", name: "Anna", pc: "p1", polite: true, offers: false };
const offer = (streams, place = "here", generation = 1) => ({ place, generation, sdp: "offered", streams });

test("at the same place nothing begins anew, at another one all does", async () => {
  const { it, call, asked } = hall();
  it.enter("here", []);
  await call.platform.pass(0);
  assert.deepEqual([asked.length, asked[0].to, asked[0].type, it.out.remote], [1, "room", "offer", "theirs"]);
  assert.deepEqual(it.out.lines, ["microphone", "video"], "both lines from the start, so that nothing is offered again");
  const { out } = it;
  it.enter("here", []);
  await call.platform.pass(1_000);
  assert.deepEqual([it.out, asked.length], [out, 1]);
  it.enter("there", []);
  assert.deepEqual([it.out === out, out.signalingState], [false, "closed"]);
});

test("an offer that did not arrive is said again, one that is refused ends the call", async () => {
  const lost = hall({ code: "disconnected", retry: true });
  lost.it.enter("here", []);
  await lost.call.platform.pass(5_000);
  assert.equal(lost.asked.length, 1, "it waits for the connection");
  lost.it.enter("here", []);
  await lost.call.platform.pass(0);
  assert.deepEqual([lost.asked.length, lost.it.out.signalingState], [2, "stable"]);
  const busy = hall({ code: "media_unavailable", retry: true });
  busy.it.enter("here", []);
  await busy.call.platform.pass(1_000);
  assert.equal(busy.asked.length, 2);
  const wrong = hall({ code: "bad_description", retry: false });
  wrong.it.enter("here", []);
  await wrong.call.platform.pass(1_000);
  assert.deepEqual([wrong.asked.length, wrong.call.ended], [1, "bad_description"]);
});

test("lines change hands, and who left has none", async () => {
  const { it, call, asked } = hall();
  it.enter("here", []);
  const anna = it.meet(ANNA);
  await it.receive(offer([{ mid: "0", party: "agent:anna", kind: "audio" }, { mid: "1", party: "customer", kind: "video" }]));
  assert.deepEqual(anna.stream.getTracks().map((track) => track.mid), ["0"]);
  assert.deepEqual([asked.at(-1).type, asked.at(-1).generation], ["answer", 1]);
  it.into.turns("connected");
  assert.deepEqual([anna.state, anna.met], ["connected", true]);
  await it.receive(offer([{ mid: "0", party: "customer", kind: "audio" }], "here", 2));
  assert.deepEqual([anna.stream.getTracks(), anna.state], [[], "new"]);
  assert.deepEqual(it.stream("customer").getTracks().map((track) => track.mid), ["0"]);
  assert.equal(call.again, 0);
});

test("what is offered of a place that we do not know yet waits for it", async () => {
  const { it, call } = hall();
  it.enter("here", []);
  it.receive(offer([{ mid: "0", party: "customer", kind: "audio" }], "there"));
  await call.platform.pass(0);
  assert.equal(it.stream("customer").getTracks().length, 0);
  it.enter("there", []);
  await call.platform.pass(0);
  assert.equal(it.stream("customer").getTracks().length, 1);
});

test("a path that is lost takes us in anew, one that is silent for a moment does not", async () => {
  const { it, call } = hall();
  it.enter("here", []);
  it.into.turns("disconnected");
  await call.platform.pass(2_000);
  it.into.turns("connected");
  await call.platform.pass(10_000);
  assert.equal(call.again, 0);
  it.out.turns("disconnected");
  it.into.turns("connected");
  await call.platform.pass(3_000);
  assert.equal(call.again, 1);
  it.into.turns("failed");
  assert.equal(call.again, 2);
});

test("who is away for a minute has no tile, who comes back keeps theirs", async () => {
  const { it, call } = hall();
  it.enter("here", []);
  const anna = it.meet(ANNA);
  call.peers.set("agent:anna", anna);
  anna.away = true;
  await call.platform.pass(59_000);
  assert.deepEqual([anna.away, call.peers.size], [true, 1]);
  await anna.again();
  await call.platform.pass(60_000);
  assert.deepEqual([anna.away, call.peers.size], [false, 1]);
  anna.away = true;
  await call.platform.pass(60_000);
  assert.equal(call.peers.size, 0);
});

test("a screen is sent as it is, a camera smaller", async () => {
  const { it, call, local } = hall();
  it.enter("here", []);
  local.screen = "screen";
  local.emit("track", { kind: "video", track: "screen" });
  await call.platform.pass(0);
  assert.equal(it.out.sends.encodings[0].scaleResolutionDownBy, 1);
  local.screen = null;
  local.emit("track", { kind: "video", track: "camera" });
  await call.platform.pass(0);
  assert.equal(it.out.sends.encodings[0].scaleResolutionDownBy, 1.5);
  it.close();
  assert.deepEqual([it.out.signalingState, it.into.signalingState], ["closed", "closed"]);
});

test("who listens offers nothing and answers, and offers nothing at the next place either", async () => {
  const { it, call, asked, local } = hall();
  call.mode = "listen";
  it.enter("here", []);
  await it.receive(offer([{ mid: "0", party: "customer", kind: "audio" }]));
  local.emit("track", { kind: "audio", track: "microphone" });
  it.enter("here", []);
  it.enter("there", []);
  await call.platform.pass(1_000);
  assert.deepEqual(asked.map((d) => d.type), ["answer"]);
  assert.deepEqual(it.out.lines, [], "there is nothing that could send");
});

test("who whispers offers what they say", async () => {
  const { it, call, asked } = hall();
  call.mode = "whisper";
  it.enter("here", []);
  await call.platform.pass(0);
  assert.deepEqual(asked.map((d) => d.type), ["offer"]);
});

test("who whispers to us is no party, and what others show is known at once", () => {
  const { it } = hall();
  it.enter("here", []);
  assert.deepEqual(it.meet(ANNA).shows, { audio: true, video: false, screen: false });
  const shows = { audio: false, video: true, screen: false };
  const whispers = it.meet({ ...ANNA, mode: "whisper", shows });
  assert.deepEqual([whispers.mode, whispers.shows, it.meet(ANNA).mode], ["whisper", shows, undefined]);
});
