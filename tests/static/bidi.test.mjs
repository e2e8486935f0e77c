// Covers static/sdk/bidi.js: a name that is read from the right does not turn the sentence.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isolated } from "../../static/sdk/bidi.js";

test("names in Hebrew and Arabic are kept apart, others stay as they are", () => {
  assert.equal(isolated("דוד כהן"), "\u2068דוד כהן\u2069");
  assert.equal(isolated("عمر الفاروق"), "\u2068عمر الفاروق\u2069");
  for (const name of ["李明", "Anna Berg", 7, ""]) assert.equal(isolated(name), String(name));
});
