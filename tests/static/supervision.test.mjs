// Covers static/console/supervision.js: what the log of a call means for who listens to it. Real ones: tests/browser/test_calls_supervision.py, tests/servers/test_halls.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../static/sdk/emitter.js";
import { FakeConnection, FakeStream, platform } from "./fakes.mjs";

Object.assign(globalThis, { MediaStream: FakeStream, RTCPeerConnection: FakeConnection, addEventListener() {}, removeEventListener() {} });
Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
const { Supervision } = await import("../../static/console/supervision.js");

const PARTIES = [{ party: "customer", name: "" }, { party: "agent:li", name: "Li" }];
const GOING = { conversation: "wang", customer: {}, quality: {}, call: { id: "K1", state: "live", parties: PARTIES } };

/** A supervisor who listens; `says` is what the log says of the call from now on, `joined` the pcs that took a place. */
async function listening() {
  const on = platform();
  let ids = 0;
  const joined = [];
  const socket = Object.assign(new Emitter(), {
    platform: on,
    state: "open",
    send() {},
    wake() {},
    id: () => `id${++ids}`,
    async request(type, d) {
      if (type === "call.join") joined.push(d.pc);
      return { d: type === "call.join" ? { topology: phone.fact?.topology ?? "pairs", place: "here", ice_servers: [], ice_policy: "all", others: [] } : {} };
    },
  });
  const phone = { fact: null };
  const watchers = [];
  const calls = { party: "agent:boss", current: null, watch: (told) => watchers.push(told), of: () => phone };
  const it = new Supervision(socket, calls);
  await it.listen(GOING);
  await on.pass(0);
  const says = async (fact) => {
    phone.fact = { ...GOING.call, topology: "pairs", ...fact };
    watchers.forEach((told) => told());
    await new Promise((done) => setImmediate(done)); // hall.js is loaded when it is needed
    await on.pass(0);
  };
  return { it, says, joined };
}

test("who listens goes along into a room, once", async () => {
  const { it, says, joined } = await listening();
  await says({});
  assert.equal(joined.length, 1);
  await says({ topology: "room" });
  await says({ topology: "room", media: "video" });
  assert.deepEqual([new Set(joined).size, joined.length, it.mode], [2, 2, "listen"]);
  it.end();
});

for (const [what, fact] of [
  ["is over", { state: "over" }],
  ["is another one", { id: "K2" }],
  ["has us as a party, who were asked in", { parties: [...PARTIES, { party: "agent:boss", name: "Anna" }] }],
]) {
  test(`listening ends when the call ${what}`, async () => {
    const { it, says } = await listening();
    const { call } = it;
    await says(fact);
    assert.deepEqual([it.current, it.call, call.over], [null, null, "left"]);
    it.end();
  });
}
