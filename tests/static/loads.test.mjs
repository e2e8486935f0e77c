// Covers static/console/loads.js: when the rail asks anew who holds how much.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { follow } from "../../static/console/loads.js";
import { Watched } from "../../static/console/watched.js";

test("soon after conversations moved, now and then otherwise, never while nobody looks", async (t) => {
  mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  t.after(() => mock.timers.reset());
  globalThis.document = { hidden: false };
  let asked = 0;
  const held = [];
  const inbox = Object.assign(new Watched(), { counts: { queue: 1 } });
  const seconds = new Watched();
  const session = { agents: async () => [{ id: "anna", load: ++asked }] };
  const stop = follow({ inbox, clock: { seconds }, session, presence: { holds: (agents) => held.push(...agents) } });
  const after = (ms) => (mock.timers.setTime(Date.now() + ms), seconds.changed(), asked);

  inbox.changed();
  assert.equal(after(15_000), 0, "nothing moved");
  inbox.counts = { queue: 0 };
  inbox.changed();
  assert.equal(asked, 1, "moved, and the last time is a while ago");
  inbox.counts = { queue: 1 };
  inbox.changed();
  assert.equal(after(9_000), 1);
  assert.equal(after(1_000), 2, "once for all that moved meanwhile");
  assert.equal(after(59_000), 2);
  assert.equal(after(1_000), 3);
  document.hidden = true;
  inbox.counts = { queue: 5 };
  assert.equal(after(90_000), 3);
  document.hidden = false;
  assert.equal(after(1_000), 4);
  stop();
  assert.equal(after(90_000), 4);
  await Promise.resolve();
  assert.deepEqual(held.map((it) => it.load), [1, 2, 3, 4]);
});
