// Covers static/calls/call.js: who is met, and who offers. Real connections: tests/browser/test_calls_engine.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../static/sdk/emitter.js";
import { FakeConnection, FakeStream, platform } from "./fakes.mjs";

Object.assign(globalThis, { MediaStream: FakeStream, RTCPeerConnection: FakeConnection, addEventListener() {}, removeEventListener() {} });
const { Call } = await import("../../static/calls/call.js");

/** A call of the customer's, whose hub answers `call.join` when `seated` says so, and has seen all that is in `asked`. */
function call() {
  const on = platform();
  const socket = Object.assign(new Emitter(), { platform: on, state: "open", send() {}, wake() {} });
  const asked = [];
  let pcs = 0;
  const joins = [];
  const signals = Object.assign(new Emitter(), {
    socket,
    open: true,
    id: () => `pc${++pcs}`,
    tell() {},
    ask(type, d) {
      asked.push([type, d]);
      return type === "call.join" ? new Promise((done) => joins.push(done)) : Promise.resolve({});
    },
  });
  const local = Object.assign(new Emitter(), { microphone: "microphone", picture: null, stream: new FakeStream(), shows: {}, close() {} });
  const it = new Call(signals, "K1", local);
  const way = { topology: "relay" };
  const seated = (...others) => (joins.shift()({ ...way, ice_servers: [], ice_policy: "all", others }), on.pass(0));
  const offered = () => asked.filter(([type]) => type === "rtc.description").map(([, d]) => d.to);
  return { it, signals, seated, offered, on, way };
}

const ANNA = { party: "agent:anna", name: "Anna", polite: true };

for (const [offers, expected] of [[true, ["agent:anna"]], [false, []]]) {
  test(`who joins anew ${offers ? "offers" : "waits"} as the answer says, whatever was told to the place before`, async () => {
    const { it, signals, seated, offered, on } = call();
    void it.join();
    await seated({ ...ANNA, pc: "a1", offers: false });
    signals.emit("call.moved", { call: "K1" }); // the worker died: both join anew, and Anna was faster
    signals.emit("call.peer", { ...ANNA, t: "call.peer", call: "K1", pc: "a2", what: "joined", offers: !offers });
    await on.pass(0);
    await seated({ ...ANNA, pc: "a2", offers });
    assert.deepEqual([[...it.peers.values()].map((peer) => peer.pc), offered()], [["a2"], expected]);
  });
}

test("who came while we joined, and is not in the answer, is met as told", async () => {
  const { it, signals, seated, offered, on } = call();
  void it.join();
  signals.emit("call.peer", { ...ANNA, t: "call.peer", call: "K1", pc: "a1", what: "joined", offers: true });
  await on.pass(0);
  await seated();
  assert.deepEqual([[...it.peers.keys()], offered()], [["agent:anna"], ["agent:anna"]]);
});

for (const [silent, kept] of [[0, true], [1_000, false]]) {
  test(`who was heard ${silent} ms ago ${kept ? "is shown by the old connection until the new one is there" : "is met anew at once"}`, async () => {
    const { it, seated, on, way } = call();
    way.topology = "direct";
    void it.join();
    await seated({ ...ANNA, pc: "a1", offers: false });
    const [old] = it.peers.values();
    const track = { kind: "audio" };
    old.stream.addTrack(track);
    old.rtc.getReceivers = () => [{ track, getSynchronizationSources: () => [{ timestamp: Date.now() - silent }] }];
    old.rtc.turns("connected");
    const mine = it.pc;
    way.topology = "relay";
    for (let n = 0; n < 2; n++) it.follow({ parties: [{ party: ANNA.party }], topology: "relay" });
    assert.deepEqual([it.state, it.pc !== mine], ["live", true]);
    await seated({ ...ANNA, pc: "a2", offers: true });
    const [next] = it.peers.values();
    assert.deepEqual([next.pc, it.topology, next.stream === old.stream], ["a2", "relay", kept]);
    assert.deepEqual([it.state, old.rtc.signalingState], kept ? ["live", "stable"] : ["reconnecting", "closed"]);
    next.rtc.turns("connected");
    await on.pass(500);
    assert.deepEqual([it.state, old.rtc.signalingState, next.stream.getTracks()], ["live", "closed", []]);
    it.follow({ parties: [{ party: ANNA.party }], topology: "relay" });
    assert.equal(it.peers.get(ANNA.party), next);
    it.end("hungup");
  });
}

test("what somebody shows is known when they tell it while we still join", async () => {
  const { it, signals, seated } = call();
  void it.join();
  signals.emit("call.state", { t: "call.state", call: "K1", from: "agent:anna", audio: true, video: true, screen: false });
  await seated({ ...ANNA, pc: "a1", offers: false });
  assert.deepEqual(it.peers.get("agent:anna").shows, { audio: true, video: true, screen: false });
});
