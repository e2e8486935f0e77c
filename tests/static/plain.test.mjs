// Covers static/console/plain.js: a message in one line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../static/console/plain.js";

for (const [text, expected] of [
  ["**Milk, tea, soup** Water only", "Milk, tea, soup Water only"],
  ["`code` and [a link](https://acme.example/a)", "code and a link"],
  ["- one\n- *two*\n\nthree", "one two three"],
  ["```\nls *\n```", "ls *"],
  ["5 * 3 * 2", "5 * 3 * 2"],
  ["", ""],
]) test(`${JSON.stringify(text)} in one line`, () => assert.equal(plain(text), expected));
