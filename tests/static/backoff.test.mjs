// Covers static/sdk/backoff.js: the delay's bounds, and that close codes mean what the hub's own registry says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { delay, verdict } from "../../static/sdk/backoff.js";
import { afterClose } from "../../static/sdk/protocol.js";

test("the delay has full jitter and is capped at 30 s", () => {
  assert.equal(delay(0, () => 0), 0);
  assert.equal(delay(0, () => 1), 500);
  assert.equal(delay(3, () => 1), 4_000);
  assert.equal(delay(5, () => 0.5), 8_000);
  for (const n of [6, 10, 60, 5000]) assert.equal(delay(n, () => 1), 30_000);
});

test("every close code is answered as the generated registry answers it", () => {
  for (let code = 1000; code < 5000; code++) assert.equal(verdict(code), afterClose(code), String(code));
});
