// Covers static/assist: how another page names its customer, whose conversation that is, and what that page is told.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { keysIn, keysOf, written } from "../../static/assist/keys.js";
import { Named } from "../../static/assist/named.js";
import { follow, reporter } from "../../static/assist/report.js";
import { Place } from "../../static/console/place.js";
import { Watched } from "../../static/console/watched.js";
import { Emitter } from "../../static/sdk/emitter.js";
import { Failure } from "../../static/sdk/failure.js";

const row = (conversation, more = {}) => ({ conversation, customer: { name: conversation }, identities: [], ...more });

/** A desk that knows who `known` says; `asked` are the texts that were looked for. */
function desk(known) {
  const asked = [];
  const socket = new Emitter();
  socket.request = async (type, { text }) => {
    assert.equal(type, "customer.find");
    asked.push(text);
    const found = known[text] ?? [];
    if (found instanceof Error) throw found;
    return { d: { rows: await found } };
  };
  return { socket, asked, clock: { minutes: new Watched() } };
}

let renamed;
beforeEach(() => {
  globalThis.location = { hash: "" };
  globalThis.addEventListener = (_, listener) => (renamed = listener);
  globalThis.removeEventListener = () => {};
});
afterEach(() => {
  for (const name of ["location", "addEventListener", "removeEventListener"]) delete globalThis[name];
});

/** The page around names this customer, and the panel has looked. */
async function named(known, keys, place = new Place()) {
  const it = new Named(place);
  const at = desk(known);
  const stop = it.follow(at);
  await it.name(keys);
  return { it, place, stop, ...at };
}

test("only texts that we know of are taken from another page", () => {
  assert.deepEqual(keysOf({ customer: " C-1 ", email: 7, phone: " ", token: "x" }), { customer: "C-1" });
  assert.equal(keysOf({ customer: "x".repeat(300) }).customer.length, 254);
});

test("an address says the same as a page does", () => {
  const keys = { customer: "A&B=1#", email: "o'neil+1@example.com", phone: "+86 138" };
  assert.deepEqual(keysIn(written(keys)), keys);
  assert.deepEqual(keysIn("#"), {});
});

test("the first key that somebody has decides, and no further one is asked", async () => {
  const { it, place, asked } = await named({ "a@b.c": [row("01A")], "+44": [row("01B")] }, { customer: "C-1", email: "a@b.c", phone: "+44" });
  assert.deepEqual(asked, ["C-1", "a@b.c"]);
  assert.deepEqual([it.state, it.conversation, place.conversation], ["found", "01A", "01A"]);
});

test("of several nobody is chosen but by hand", async () => {
  const { it, place } = await named({ home: [row("01A"), row("01B")] }, { customer: "home" });
  assert.deepEqual([it.state, it.rows.length, place.conversation], ["several", 2, ""]);
  it.choose("01B");
  assert.deepEqual([it.state, place.conversation], ["found", "01B"]);
});

test("nobody is looked for again, and is there once they wrote", async () => {
  const known = {};
  const { it, clock } = await named(known, { customer: "C-1" });
  assert.equal(it.state, "none");
  known["C-1"] = [row("01A")];
  clock.minutes.changed();
  await it.look();
  assert.equal(it.state, "found");
});

test("an answer that comes too late says nothing about the next customer", async () => {
  let answer;
  const slow = new Promise((resolve) => (answer = resolve));
  const it = new Named(new Place());
  it.follow(desk({ slow, quick: [row("01B")] }));
  const first = it.name({ customer: "slow" });
  await it.name({ customer: "quick" });
  answer([row("01A")]);
  await first;
  assert.equal(it.conversation, "01B");
});

test("a broken connection is no answer; another failure is told", async () => {
  const { it, socket } = await named({ gone: new Failure("disconnected"), bad: new Failure("rate_limited") }, { customer: "gone" });
  assert.equal(it.state, "looking");
  await it.name({ customer: "bad" });
  assert.deepEqual([it.state, it.problem.code], ["failed", "rate_limited"]);
  socket.emit("welcome", {});
  assert.equal(it.state, "looking", "a new connection looks again");
});

test("who turned to somebody else finds the way back, and the page around learns of it", async () => {
  const { it, place, ...rest } = await named({ "C-1": [row("01A")] }, { customer: "C-1" });
  const rows = { "01B": row("01B", { identities: [{ kind: "account", value: "default/C-2" }] }) };
  const inbox = Object.assign(new Watched(), { calling: 1, row: (id) => rows[id] });
  const told = [];
  const stop = follow({ named: it, place, inbox, ...rest }, (more) => told.push(more));
  place.go({ conversation: "01B" });
  assert.equal(it.elsewhere, true);
  assert.deepEqual(told.at(-1), { state: "found", calling: 1, customer: "C-2" });
  it.back();
  assert.deepEqual([place.conversation, told.at(-1).customer], ["01A", ""]);
  stop();
});

test("the page around is told of changes, and of everything when it begins to listen", () => {
  const host = Object.assign(new Emitter(), { said: [], tell: (type, value) => host.said.push([type, value]) });
  const tell = reporter(host);
  tell({ state: "found", calling: 0 });
  tell({ state: "found", calling: 1 });
  assert.deepEqual(host.said, [["state", "found"], ["calling", 0], ["calling", 1]]);
  host.emit("state", { now: {} });
  assert.deepEqual(host.said.slice(3), [["state", "found"], ["calling", 1]]);
});
