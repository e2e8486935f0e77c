// Covers static/calls/fold.js and figures.js, static/widget/call/lines.js: what the log says of a call, and what a connection's figures mean.
import assert from "node:assert/strict";
import { test } from "node:test";
import { measured, quality, worst } from "../../static/calls/figures.js";
import { callOf, partyOf } from "../../static/calls/fold.js";
import { withHeld } from "../../static/console/held.js";
import { line } from "../../static/widget/call/lines.js";

const CUSTOMER = { kind: "customer", id: "c1", name: "王丽" };
const AGENT = { kind: "agent", id: "a1", name: "李明" };
const said = (type, d = {}, by = CUSTOMER, at = 1_000) => ({ type, by, at, d: { call: "K1", ...d } });
const asked = said("call.requested", { media: "audio", to: "", name: "", until: 90_000 });
const accepted = said("call.accepted", { party: "agent:a1", name: "李明" }, AGENT, 5_000);

test("from asked to over, by way of whoever gets the conversation", () => {
  const owner = (kind, id, name) => ({ type: "owner.changed", by: AGENT, at: 20_000, d: { owner: { kind, id, name } } });
  const rings = callOf(null, [asked, owner("agent", "a1", "李明")]);
  assert.deepEqual([rings.state, rings.by, rings.to, rings.name, rings.until], ["ringing", "customer", "agent:a1", "李明", 90_000]);
  assert.equal(callOf(rings, [owner("queue", "", "")]).to, "");
  assert.equal(callOf({ ...rings, until: 21_000 }, [owner("agent", "a2", "Anna")]).until, 50_000);
  const live = callOf(rings, [accepted, said("call.upgraded")]);
  assert.deepEqual([live.state, live.accepted_at, live.media], ["live", 5_000, "video"]);
  assert.deepEqual(live.parties, [{ party: "customer", name: "王丽" }, { party: "agent:a1", name: "李明" }]);
  assert.equal(callOf(live, [owner("agent", "a2", "Anna")]), live);
  const many = callOf(live, [said("consent.requested", { text_version: "v1" }), said("call.switched", { topology: "room" })]);
  assert.deepEqual([many.topology, many.consent, many.id], ["room", "", live.id]);
  const relayed = callOf(live, [said("consent.requested", { text_version: "v1" }), said("call.switched", { topology: "relay" }), said("recording.started")]);
  assert.deepEqual([relayed.topology, relayed.consent, relayed.recording], ["relay", "v1", true]);
  const over = callOf(live, [said("call.ended", { reason: "hungup", seconds: 61, media: "video" })]);
  assert.deepEqual([over.state, over.reason, over.seconds], ["over", "hungup", 61]);
});

test("the bot holds a call: live for her, and for staff it rings on at whoever gets the conversation", () => {
  const owner = (kind, id, name, at = 20_000) => ({ type: "owner.changed", by: AGENT, at, d: { owner: { kind, id, name } } });
  const of = (...events) => withHeld(callOf(null, events), events);
  const held = [asked, owner("queue", "", "", 1_500), said("call.accepted", { party: "bot", name: "our assistant" }, { kind: "bot", id: "bot" }, 2_000)];
  assert.deepEqual([of(...held).state, of(...held).held, of(...held).to], ["live", true, ""]);
  const rings = [...held, owner("agent", "a1", "李明", 80_000)];
  assert.deepEqual([of(...rings).to, of(...rings).until], ["agent:a1", 110_000]);
  assert.equal(of(...rings, said("call.unanswered", { reason: "declined" })).to, "");
  const joined = of(...rings, said("call.joined", { party: "agent:a1", name: "李明" }), said("call.left", { party: "bot" }));
  assert.deepEqual([joined.held, joined.parties.map((it) => it.party)], [undefined, ["customer", "agent:a1"]]);
  assert.equal(withHeld(null, held), null);
});

test("an expert is asked in, comes, and goes", () => {
  const invited = callOf(null, [asked, accepted, said("call.invited", { party: "agent:a2", name: "Anna", until: 9 }, AGENT)]);
  assert.deepEqual(invited.invited.map((it) => [it.party, it.until]), [["agent:a2", 9]]);
  const three = callOf(invited, [said("call.joined", { party: "agent:a2", name: "Anna" })]);
  assert.deepEqual([three.invited, three.parties.length], [[], 3]);
  assert.equal(callOf(three, [said("call.left", { party: "agent:a2" })]).parties.length, 2);
  assert.deepEqual(callOf(invited, [said("call.uninvited", { party: "agent:a2", why: "declined" })]).invited, []);
});

test("the customer is told who comes and who goes; the bot only waited for somebody", () => {
  const guest = { kind: "guest", id: "g1", name: "Pit" };
  assert.deepEqual(line(said("call.joined", { party: "guest:g1", name: "Pit" }, guest)), ["call.line.joined", { name: "Pit" }]);
  assert.deepEqual(line(said("call.left", { party: "guest:g1" }, guest)), ["call.line.left", { name: "Pit" }]);
  assert.equal(line(said("call.left", { party: "bot" }, { kind: "system", id: "hub", name: "" })), null);
});

for (const [type, d, reason] of [
  ["call.declined", { reason: "busy" }, "busy"],
  ["call.cancelled", {}, "cancelled"],
  ["call.missed", { reason: "nobody" }, "nobody"],
]) {
  test(`${type} ends what rang`, () => {
    const over = callOf(null, [asked, said(type, d)]);
    assert.deepEqual([over.state, over.reason], ["over", reason]);
  });
}

test("what lies before the events that are held is taken from the hub's word; another call's events change nothing", () => {
  const base = callOf(null, [asked, accepted]);
  assert.equal(callOf(base, [said("message.created"), said("call.ended", { call: "K0", reason: "hungup", seconds: 1 })]).state, "live");
  assert.equal(callOf(null, [said("call.ended", { reason: "hungup", seconds: 1 })]), null);
  assert.deepEqual(callOf(base, [asked, accepted]), base); // told twice is told once
});

test("recorded only after consent, and not a moment longer", () => {
  const agreed = (party) => said("consent.granted", { party, text_version: "v1" });
  const live = callOf(null, [asked, accepted, said("consent.requested", { text_version: "v1" }, AGENT), agreed("agent:a1")]);
  assert.deepEqual([live.consent, live.granted, live.recording], ["v1", ["agent:a1"], false]);
  const on = callOf(live, [agreed("customer"), agreed("customer"), said("recording.started")]);
  assert.deepEqual([on.granted, on.recording], [["agent:a1", "customer"], true]);
  const off = callOf(on, [said("consent.withdrawn", { party: "customer" }), said("recording.stopped", { why: "withdrawn" })]);
  assert.deepEqual([off.consent, off.granted, off.recording], ["", [], false]);
  assert.equal(callOf(live, [said("consent.refused", { party: "customer" })]).consent, "");
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
