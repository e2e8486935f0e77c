// Covers static/sdk/outbox.js and storage.js: a written message survives reloads and outages and is sent once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../static/sdk/failure.js";
import { Outbox } from "../../static/sdk/outbox.js";
import { Memory } from "../../static/sdk/storage.js";
import { platform, settled, storage } from "./fakes.mjs";

const text = (words) => ({ kind: "text", text: words });
const words = (outbox) => outbox.entries.map((entry) => `${entry.content.text}:${entry.state}`);

function start({ backing = storage(), post } = {}) {
  const posted = [];
  const on = platform({ random: () => 1 });
  const answer = post ?? (async () => ({}));
  const outbox = new Outbox(new Memory("t", backing), (entry) => (posted.push(entry.id), answer(entry)), on);
  return { outbox, posted, on, backing };
}

test("an acknowledged message stays until the log shows it", async () => {
  const { outbox, backing } = start();
  const entry = outbox.add(text("a"));
  await settled();
  assert.deepEqual(words(outbox), ["a:sent"]);
  assert.deepEqual(Object.keys(backing), []);
  outbox.drop(entry.id);
  assert.deepEqual(outbox.entries, []);
});

test("what was written offline is sent after a reload, in order, under the same ids", async () => {
  const offline = () => Promise.reject(new Failure("disconnected"));
  const first = start({ post: offline });
  const ids = ["a", "b", "c"].map((one) => first.outbox.add(text(one)).id);
  await settled();
  assert.deepEqual(words(first.outbox), ["a:queued", "b:queued", "c:queued"]);

  const second = start({ backing: first.backing });
  await second.outbox.flush();
  assert.deepEqual(second.posted, ids);
});

test("one at a time: the second leaves when the first is safe", async () => {
  let release;
  const { outbox, posted } = start({ post: () => new Promise((resolve) => (release = resolve)) });
  outbox.add(text("a"));
  outbox.add(text("b"));
  await settled();
  assert.deepEqual([posted.length, words(outbox)], [1, ["a:sending", "b:queued"]]);
  release({});
  await settled();
  assert.equal(posted.length, 2);
});

test("a refused message fails visibly, survives a reload so, and does not hold up the next", async () => {
  const refuse = async (entry) => {
    if (entry.content.text === "bad") throw new Failure("too_long", { retry: false });
  };
  const { outbox, backing, posted } = start({ post: refuse });
  const bad = outbox.add(text("bad"));
  outbox.add(text("good"));
  await settled();
  assert.deepEqual(words(outbox), ["bad:failed", "good:sent"]);

  const again = start({ backing });
  assert.deepEqual(words(again.outbox), ["bad:failed"]);
  await again.outbox.flush();
  assert.deepEqual(again.posted, []);
  again.outbox.retry(bad.id);
  await settled();
  assert.deepEqual([again.posted, posted[0]], [[bad.id], bad.id]);
});

test("a hub that can't store it yet is asked again, when it says so", async () => {
  let tries = 0;
  const busy = async () => {
    if (++tries === 1) throw new Failure("store_unavailable", { retryAfter: 2 });
    if (tries === 2) throw new Failure("timeout");
  };
  const { outbox, posted, on } = start({ post: busy });
  outbox.add(text("a"));
  await on.pass(1_999);
  assert.equal(posted.length, 1);
  await on.pass(1);
  assert.equal(posted.length, 2);
  await on.pass(500);
  assert.deepEqual([posted.length, new Set(posted).size, words(outbox)], [3, 1, ["a:sent"]]);
});

test("two tabs see each other's waiting messages and overwrite none", async () => {
  const offline = () => Promise.reject(new Failure("disconnected"));
  const one = start({ post: offline });
  const other = start({ backing: one.backing, post: offline });
  one.outbox.add(text("a"));
  other.outbox.add(text("b"));
  await settled();
  const key = Object.keys(one.backing)[0];
  one.outbox.stored(key);
  other.outbox.stored(null);
  assert.deepEqual(words(one.outbox), ["a:queued", "b:queued"]);
  assert.deepEqual(words(other.outbox), ["a:queued", "b:queued"]);
  one.outbox.drop(other.outbox.entries[1].id);
  other.outbox.reload();
  assert.deepEqual(words(other.outbox), ["a:queued"]);
});

test("wiping forgets everything of this prefix and nothing else", () => {
  const backing = storage();
  const memory = new Memory("t", backing);
  new Memory("tt", backing).set("k", 1);
  memory.set("outbox:1", { id: "1" });
  memory.set("device", "secret");
  memory.wipe();
  assert.deepEqual(Object.keys(backing), ["tt:k"]);
});

test("where storage is full or forbidden it lives as long as the page", () => {
  const full = Object.assign(storage(), {});
  Object.getPrototypeOf(full).setItem = () => {
    throw new Error("QuotaExceeded");
  };
  for (const backing of [full, null]) {
    const memory = new Memory("t", backing);
    memory.set("k", { a: 1 });
    assert.deepEqual([memory.get("k"), memory.keys()], [{ a: 1 }, ["k"]]);
    memory.wipe();
    assert.equal(memory.get("k"), null);
  }
});

test("what other pages store beside it changes nothing here", () => {
  const { outbox } = start();
  outbox.on("change", () => assert.fail("drawn again for nothing"));
  outbox.stored("onethread:demo");
  outbox.stored("t:draft");
});
