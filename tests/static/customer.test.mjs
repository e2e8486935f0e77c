// Covers static/sdk/customer.js and tickets.js: who is on this device, and what a logout leaves of them.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Customer } from "../../static/sdk/customer.js";
import { Memory } from "../../static/sdk/storage.js";
import { event, platform, settled, storage } from "./fakes.mjs";

const STATE = { status: "resolved", owner: { kind: "none" }, session: 0, read: { customer: 0, staff: 0 }, delivered: { customer: 0, staff: 0 }, absorbed: [], online: true };
const welcome = (conversation, more = {}) => ({ t: "welcome", connection: "x", heartbeat_s: 25, conversation, epoch: "e", seq: 0, state: STATE, ...more });
const live = (conversation) => ({ t: "live", conversation, seq: 0, oldest: 1 });

/** What the hub's ticket call was asked, and what it answers: [status, body] in turn, else a plain ticket. */
let asked;
let answers;
const realFetch = globalThis.fetch;

beforeEach(() => {
  asked = [];
  answers = [];
  globalThis.fetch = async (url, { body }) => {
    asked.push({ url, ...JSON.parse(body) });
    const [status, answer] = answers.shift() ?? [201, { ticket: "t", expires_in: 30 }];
    return new Response(JSON.stringify(answer), { status });
  };
});
afterEach(() => (globalThis.fetch = realFetch));

async function start(options = {}) {
  const on = platform({ random: () => 1 });
  const memory = new Memory("t", storage());
  const customer = new Customer({ host: "https://hub", site: "acme", memory, platform: on, ...options });
  customer.open();
  await settled();
  return { customer, on, memory, answer: (...frames) => (on.socketNow.accept(), on.socketNow.says(...frames)) };
}

test("a first visit keeps the secret that the hub made; the next one shows it", async () => {
  answers = [[201, { ticket: "t1", expires_in: 30, device_secret: "s3cret" }]];
  const { on, memory } = await start();
  assert.deepEqual(asked[0], { url: "https://hub/api/v1/tickets", kind: "visitor", site: "acme", channel: "web" });
  assert.equal(on.socketNow.url, "wss://hub/ws");
  assert.equal(memory.get("device"), "s3cret");
  on.socketNow.breaks(1006);
  await on.pass(500);
  assert.equal(asked[1].device_secret, "s3cret");
});

test("a secret that the hub does not know is dropped, and a new visitor begins", async () => {
  const memory = new Memory("t", storage());
  memory.set("device", "old");
  answers = [[401, { code: "auth_failed", retry: false }], [201, { ticket: "t", expires_in: 30, device_secret: "new" }]];
  await start({ memory });
  assert.deepEqual([asked[1].device_secret, memory.get("device")], [undefined, "new"]);
});

test("signing in passes the device along once; afterwards only the account opens the thread", async () => {
  answers = [[201, { ticket: "t1", expires_in: 30, device_secret: "s" }]];
  const { customer, on, memory, answer } = await start();
  answer(welcome("v1"), live("v1"));
  customer.identify(async () => "jwt");
  await settled();
  assert.deepEqual([asked[1].kind, asked[1].token, asked[1].device_secret], ["customer", "jwt", "s"]);
  answer(welcome("c9"), live("c9"));
  assert.deepEqual([customer.thread.conversation, memory.get("device")], ["c9", null]);
  on.socketNow.breaks(4100);
  await on.pass(500);
  assert.equal(asked[2].device_secret, undefined);
});

test("a site's token that is refused is asked for once more, then it stops", async () => {
  let tokens = 0;
  answers = [[401, { code: "auth_failed", retry: false }]];
  const { customer } = await start({ token: async () => `jwt-${++tokens}` });
  assert.deepEqual([customer.state, tokens], ["closed", 1]);
});

test("a site whose token call fails is asked again later", async () => {
  const { customer, on } = await start({ token: () => Promise.reject(new Error("offline")) });
  assert.deepEqual([customer.state, customer.socket.retryAt - on.now()], ["waiting", 500]);
});

test("a message written before the first welcome is sent when the thread is there, and shown once", async () => {
  const { customer, on, answer } = await start();
  const { id } = customer.post({ kind: "text", text: "hello" });
  await settled();
  assert.equal(customer.outbox.entries[0].state, "queued");
  answer(welcome("v1"), live("v1"));
  await settled();
  const post = on.socketNow.sent.at(-1);
  assert.deepEqual([post.t, post.id, post.d.content.text], ["message.post", id, "hello"]);
  on.socketNow.says(event(1, { conversation: "v1", id, by: { kind: "customer", id: "v1", name: "" } }), { t: "ack", ref: id, seq: 1 });
  await settled();
  assert.deepEqual([customer.thread.events.length, customer.outbox.entries], [1, []]);
});

test("a thread that was joined to another goes on there, with the message that was on its way", async () => {
  const { customer, on, answer } = await start();
  answer(welcome("v1"), live("v1"));
  const { id } = customer.post({ kind: "text", text: "hello" });
  on.socketNow.says({ t: "error", ref: id, code: "gone", message: "", retry: false });
  await settled();
  answer(welcome("c9", { state: { ...STATE, absorbed: [{ source: "v1", upto: 3 }] } }), live("c9"));
  await settled();
  const sent = on.socketNow.sent.map((frame) => `${frame.t}:${frame.d?.conversation ?? ""}`);
  assert.ok(sent.includes("history:v1"));
  assert.equal(on.socketNow.sent.find((frame) => frame.t === "message.post").id, id);
  on.socketNow.says({ t: "error", ref: id, code: "gone", message: "", retry: false });
  await settled();
  assert.equal(on.sockets.length, 3); // c9 may have been joined, too
  answer(welcome("c9"), live("c9"));
  await settled();
  on.socketNow.says({ t: "error", ref: id, code: "gone", message: "", retry: false });
  await settled();
  assert.deepEqual([on.sockets.length, customer.outbox.entries[0].state], [3, "failed"]);
});

test("told of the merge by the log itself, it goes on there at once", async () => {
  const { on, answer } = await start();
  answer(welcome("v1"), live("v1"), event(1, { conversation: "v1", type: "customer.merged", d: { into: "c9", tenure: 1 } }));
  await settled();
  assert.equal(on.sockets.length, 2);
});

test("told that a merge was undone, it asks whose it is now, a moment later", async () => {
  const { on, answer } = await start();
  answer(welcome("v1"), live("v1"), event(1, { conversation: "v1", type: "customer.unmerged", d: { source: "v2" } }));
  await settled();
  assert.equal(on.sockets.length, 1, "the other thread is told after this one");
  await on.pass(1_000);
  assert.equal(on.sockets.length, 2);
});

test("who has left meanwhile is not brought back by a merge that was undone", async () => {
  const { customer, on, answer } = await start();
  answer(welcome("v1"), live("v1"), event(1, { conversation: "v1", type: "customer.unmerged", d: { source: "v2" } }));
  customer.close();
  await on.pass(1_000);
  assert.deepEqual([on.sockets.length, customer.state], [1, "idle"]);
});

test("logging out tells the hub and leaves nothing on the device", async () => {
  answers = [[201, { ticket: "t1", expires_in: 30, device_secret: "s" }]];
  const { customer, on, memory, answer } = await start();
  answer(welcome("v1"), live("v1"));
  customer.post({ kind: "text", text: "secret" });
  const done = customer.logout();
  const frame = on.socketNow.sent.find((one) => one.t === "logout");
  on.socketNow.says({ t: "ack", ref: frame.id });
  await done;
  assert.deepEqual([memory.keys(), customer.thread, customer.outbox.entries, customer.state], [[], null, [], "idle"]);
});

test("presence tells whether anybody is there", async () => {
  const { customer, on, answer } = await start();
  answer(welcome("v1"), live("v1"));
  on.socketNow.says({ t: "presence", online: false });
  assert.equal(customer.online, false);
});

test("hello never carries what the hub would refuse, whatever the page says of itself", async () => {
  const { on } = await start({ locale: "zh_Hans CN" + "x".repeat(50), page: "https://a.example/" + "p".repeat(900) });
  on.socketNow.accept();
  const [hello] = on.socketNow.sent;
  assert.match(hello.locale, /^[A-Za-z0-9-]{1,35}$/);
  assert.equal(hello.page.length, 500);
});
