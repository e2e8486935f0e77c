// Covers static/sdk/ulid.js.
import assert from "node:assert/strict";
import { test } from "node:test";
import "./fakes.mjs";
import { ulid, ulids } from "../../static/sdk/ulid.js";

const SHAPE = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

test("a ULID has the hub's shape and says its time", () => {
  assert.match(ulid(), SHAPE);
  assert.equal(ulids(() => 1469918176385, () => "0".repeat(16))().slice(0, 10), "01ARYZ6S41");
});

test("ids rise, even within one millisecond and when the clock goes back", () => {
  const times = [5, 5, 5, 3, 9, 9];
  const make = ulids(() => times.shift(), () => "000000000000000Z");
  const made = Array.from({ length: 6 }, make);
  assert.deepEqual(made, [...made].sort());
  assert.equal(new Set(made).size, 6);
  assert.ok(made.every((id) => SHAPE.test(id)));
});

test("chance is uniform enough never to repeat", () => {
  assert.equal(new Set(Array.from({ length: 5000 }, ulid)).size, 5000);
});
