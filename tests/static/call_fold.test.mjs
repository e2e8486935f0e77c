// Covers static/console/call-fold.js: what only staff know of a call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { staffCall } from "../../static/console/call-fold.js";

const LI = { kind: "agent", id: "li", name: "李明" };
const said = (type, d = {}, by = LI) => ({ type, by, at: 1_000, d: { call: "K1", ...d } });
const ANNA = { party: "agent:anna", name: "Anna" };
const live = [
  said("call.requested", { media: "audio", to: "agent:li", name: "李明", until: 9 }, { kind: "customer", id: "c", name: "王丽" }),
  said("call.accepted", { party: "agent:li", name: "李明" }),
];
const supervised = (mode) => said("call.supervised", { ...ANNA, mode, announced: "agents" });
const modes = (events, base = null) => staffCall(base, events).supervisors.map((it) => [it.party, it.mode]);

test("who listens, whispers, comes in or goes", () => {
  assert.deepEqual(modes(live), []);
  assert.deepEqual(modes([...live, supervised("listen")]), [["agent:anna", "listen"]]);
  assert.deepEqual(modes([...live, supervised("listen"), supervised("whisper")]), [["agent:anna", "whisper"]]);
  const joined = [...live, supervised("listen"), supervised("join"), said("call.joined", ANNA)];
  assert.deepEqual(modes(joined), []);
  assert.equal(staffCall(null, joined).parties.length, 3);
  assert.deepEqual(modes([...live, supervised("listen"), said("call.unsupervised", ANNA)]), []);
  assert.deepEqual(modes([...live, supervised("listen"), said("call.ended", { reason: "hungup", seconds: 3 })]), []);
});

test("what the hub told counts for what lies before, and another call's for nothing", () => {
  const told = { ...staffCall(null, live), supervisors: [{ ...ANNA, mode: "listen" }] };
  assert.deepEqual(modes([], told), [["agent:anna", "listen"]]);
  assert.deepEqual(modes([said("call.unsupervised", ANNA)], told), []);
  const next = said("call.requested", { call: "K2", media: "audio", to: "", name: "", until: 9 });
  assert.deepEqual(modes([next], { ...told, state: "over" }), []);
  assert.equal(staffCall(null, []), null);
});

test("who left is known until they are back, and after the end", () => {
  const [comes, leaves] = [said("call.joined", ANNA), said("call.left", ANNA)];
  const left = (...events) => staffCall(null, [...live, ...events]).left;
  assert.deepEqual([left(comes), left(comes, leaves), left(comes, leaves, comes)], [[], [ANNA.party], []]);
  assert.deepEqual(left(comes, leaves, said("call.ended", { reason: "hungup", seconds: 3 })), [ANNA.party]);
});

test("a guest who has opened the link is not waited for any more", () => {
  const guest = { party: "guest:01", name: "Pit" };
  const asked = [...live, said("call.invited", { ...guest, until: 99 })];
  assert.deepEqual(staffCall(null, asked).invited.map((it) => it.until), [99]);
  assert.deepEqual(staffCall(null, [...asked, said("call.opened", guest)]).invited.map((it) => it.until), [0]);
});
