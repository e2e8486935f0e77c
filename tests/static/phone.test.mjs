// Covers static/calls/phone.js: what a page says of its calls. Real devices and connections: tests/browser/test_calls.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../static/sdk/emitter.js";
import { FakeConnection, FakeStream, platform, settled } from "./fakes.mjs";

Object.assign(globalThis, { MediaStream: FakeStream, RTCPeerConnection: FakeConnection, addEventListener() {}, removeEventListener() {} });
const { callOf } = await import("../../static/calls/fold.js");
const { Phone } = await import("../../static/calls/phone.js");

const CUSTOMER = { kind: "customer", id: "c1", name: "王丽" };
const AGENT = { kind: "agent", id: "1", name: "李明" };
const said = (type, d = {}, by = CUSTOMER, at = 1_000) => ({ type, by, at, d: { call: "K1", ...d } });
const rings = (call, media = "audio") => said("call.requested", { call, media, to: "customer", name: "", until: 90_000 }, AGENT);
const accepted = said("call.accepted", { party: "customer", name: "王丽" }, CUSTOMER, 5_000);
const ended = said("call.ended", { reason: "hungup", seconds: 61, media: "audio" });

/** The customer's phone; `hears` tells it what the log says, `asked` is what the browser was asked for. */
function page() {
  const asked = [];
  const getUserMedia = async ({ audio, video }) => {
    asked.push([!!audio, !!video]);
    const stream = new FakeStream();
    for (const kind of ["audio", "video"]) if ({ audio, video }[kind]) stream.addTrack({ kind, stop() {}, addEventListener() {} });
    return stream;
  };
  Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: { getUserMedia } }, configurable: true });
  const on = platform();
  const socket = Object.assign(new Emitter(), { platform: on, state: "open", send() {}, wake() {}, now: () => 66_000 });
  let ids = 0;
  const signals = Object.assign(new Emitter(), { socket, open: true, id: () => `id${++ids}`, tell() {}, ask: async () => ({ others: [], topology: "pairs" }) });
  const phone = new Phone(signals, "", "customer");
  const log = [];
  const hears = (...events) => phone.learn(callOf(null, log.push(...events) && [...log]));
  return { phone, signals, hears, asked };
}

async function talking(media) {
  const it = page();
  it.hears(rings("K1", media));
  const answered = it.phone.accept(media);
  await settled();
  it.hears(accepted);
  await answered;
  return it;
}

test("a call that another tab took is elsewhere while it goes on, and nothing is told of it when it is over", async () => {
  const { phone, signals, hears } = await talking("audio");
  assert.equal(phone.stage, "connecting");
  signals.emit("call.replaced", { call: "K1" });
  assert.deepEqual([phone.stage, phone.last, phone.local], ["elsewhere", null, null]);
  hears(ended);
  assert.deepEqual([phone.stage, phone.last, phone.free], ["none", null, true]);
});

test("how a call ended is told until the next one rings", async () => {
  const { phone, hears } = await talking("audio");
  hears(ended);
  assert.deepEqual([phone.stage, phone.last.seconds], ["over", 61]);
  hears(rings("K2"));
  assert.equal(phone.stage, "incoming");
  hears(said("call.declined", { call: "K2", reason: "declined" }));
  assert.deepEqual([phone.stage, phone.last], ["none", null]);
});

test("of a call that began while the page was away, too", async () => {
  const { phone, hears } = await talking("audio");
  hears(ended);
  hears(rings("K2"), said("call.cancelled", { call: "K2" }, AGENT));
  assert.deepEqual([phone.stage, phone.last], ["none", null]);
});

for (const media of ["video", "audio"]) {
  test(`taken over, a call by ${media} goes on by voice: nobody is filmed unawares`, async () => {
    const it = page();
    it.hears(rings("K1", media), accepted);
    assert.equal(it.phone.stage, "elsewhere");
    await it.phone.take();
    assert.deepEqual([it.asked, it.phone.stage, it.phone.local.shows.video], [[[true, false]], "connecting", false]);
    it.phone.close();
  });
}
