// Covers static/calls/fold.js and figures.js: what the log says of a call, and what a connection's figures mean.
import assert from "node:assert/strict";
import { test } from "node:test";
import { measured, quality, worst } from "../../static/calls/figures.js";
import { callOf, partyOf } from "../../static/calls/fold.js";

const CUSTOMER = { kind: "customer", id: "c1", name: "王丽" };
const AGENT = { kind: "agent", id: "a1", name: "李明" };
const said = (type, d = {}, by = CUSTOMER, at = 1_000) => ({ type, by, at, d: { call: "K1", ...d } });
const asked = said("call.requested", { media: "audio", to: "", name: "", until: 90_000 });
const accepted = said("call.accepted", { party: "agent:a1", name: "李明" }, AGENT, 5_000);

test("from asked to over, by way of whoever was found", () => {
  const rings = callOf(null, [asked, said("call.rung", { to: "agent:a1", name: "李明", until: 40_000 })]);
  assert.deepEqual([rings.state, rings.to, rings.until, rings.parties], ["ringing", "agent:a1", 40_000, ["customer"]]);
  const live = callOf(rings, [accepted, said("call.upgraded")]);
  assert.deepEqual([live.state, live.since, live.media, live.parties], ["live", 5_000, "video", ["customer", "agent:a1"]]);
  const over = callOf(live, [said("call.ended", { reason: "hungup", seconds: 61, media: "video" })]);
  assert.deepEqual([over.state, over.reason, over.seconds], ["over", "hungup", 61]);
});

test("a third party that declines does not end a call that goes on, nor does its coming begin it anew", () => {
  const live = callOf(null, [asked, accepted]);
  assert.equal(callOf(live, [said("call.declined", { reason: "declined" })]).state, "live");
  const three = callOf(live, [said("call.accepted", { party: "guest:g1", name: "Expert" }, AGENT, 9_000)]);
  assert.deepEqual([three.since, three.name, three.parties.length], [5_000, "李明", 3]);
});

for (const [type, d, reason] of [
  ["call.declined", { reason: "busy" }, "busy"],
  ["call.cancelled", {}, "cancelled"],
  ["call.missed", { reason: "nobody" }, "nobody"],
]) {
  test(`${type} ends what rang`, () => assert.deepEqual([callOf(null, [asked, said(type, d)])].map((it) => [it.state, it.reason]), [["over", reason]]));
}

test("what lies before the events that are held is taken from the hub's word; another call's events change nothing", () => {
  const base = callOf(null, [asked, accepted]);
  assert.equal(callOf(base, [said("message.created"), said("call.ended", { call: "K0", reason: "hungup", seconds: 1 })]), base);
  assert.equal(callOf(null, [said("call.ended", { reason: "hungup", seconds: 1 })]), null);
});

test("recorded only after consent, and not a moment longer", () => {
  const live = callOf(null, [asked, accepted, said("consent.requested", { text_version: "v1" }, AGENT)]);
  assert.deepEqual([live.consent, live.version, live.recording], ["asked", "v1", false]);
  const on = callOf(live, [said("consent.granted", { text_version: "v1" }), said("recording.started")]);
  assert.deepEqual([on.consent, on.recording], ["granted", true]);
  const off = callOf(on, [said("consent.withdrawn", { text_version: "v1" })]);
  assert.deepEqual([off.consent, off.recording], ["withdrawn", false]);
  assert.equal(callOf(live, [said("consent.refused", { text_version: "v1" })]).consent, "refused");
});

test("a party is named by what it is", () => assert.deepEqual([CUSTOMER, AGENT].map(partyOf), ["customer", "agent:a1"]));

const stats = (at, packets, lost, bytes) => [
  { type: "inbound-rtp", kind: "audio", timestamp: at, packetsReceived: packets, packetsLost: lost, bytesReceived: bytes, jitter: 0.012 },
  { type: "inbound-rtp", kind: "video", timestamp: at, packetsReceived: packets, packetsLost: lost, bytesReceived: bytes, jitter: 0.034 },
  { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.004 },
];

test("figures are of the time since the last ones", () => {
  const first = measured(stats(1_000, 100, 0, 10_000));
  assert.equal(first.figures.kbps, 0); // of what time? none yet
  const { figures } = measured(stats(6_000, 190, 10, 72_500), first.counted);
  assert.deepEqual(figures, { loss: 0.1, jitter_ms: 34, rtt_ms: 4, kbps: 200 });
});

test("the other side's own round trip counts before the one to a relay, and a count that went back is no loss", () => {
  const report = [...stats(1_000, 100, 5, 1), { type: "remote-inbound-rtp", roundTripTime: 0.12 }];
  assert.equal(measured(report).figures.rtt_ms, 120);
  assert.equal(measured(report, { at: 0, packets: 300, lost: 20, bytes: 0 }).figures.loss, 0);
  assert.deepEqual(measured([]).figures, { loss: 0, jitter_ms: 0, rtt_ms: 0, kbps: 0 });
});

test("a word for people, and the worst of several connections", () => {
  const fine = { loss: 0.01, jitter_ms: 5, rtt_ms: 80, kbps: 900 };
  assert.deepEqual([fine, { ...fine, loss: 0.05 }, { ...fine, rtt_ms: 900 }].map(quality), ["good", "fair", "poor"]);
  assert.deepEqual(worst([fine, { ...fine, loss: 0.3, kbps: 100 }]), { ...fine, loss: 0.3, kbps: 1_000 });
});
