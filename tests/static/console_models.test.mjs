// Covers the console's pure parts: the order of rows, the fold of events into a thread, staff state, marks, times.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse, print } from "../../static/console/address.js";
import { inConsole, IN_PANEL } from "../../static/console/commands.js";
import { formatter } from "../../static/console/formats.js";
import { Inbox } from "../../static/console/inbox.js";
import { lineText, partyIn } from "../../static/console/lines.js";
import { marked } from "../../static/console/marks.js";
import { sorted, tint } from "../../static/console/order.js";
import { Place } from "../../static/console/place.js";
import { Presence } from "../../static/console/presence.js";
import { apply } from "../../static/console/staff-fold.js";
import { clockTime, moment, stopwatch } from "../../static/console/times.js";
import { runs, timeline } from "../../static/console/timeline.js";

const NOW = 1_800_000_000_000;
const MIN = 60_000;

const row = (conversation, more = {}) => ({
  conversation,
  seq: 1,
  customer: { name: conversation, tier: "" },
  status: "open",
  owner: { kind: "queue", id: "", name: "" },
  reservation: null,
  tags: [],
  identities: [],
  last: { by: "customer", name: "", text: "hi", at: NOW - MIN, seq: 1 },
  waiting_since: 0,
  unread: 0,
  snoozed_until: 0,
  ...more,
});
const ids = (rows) => rows.map((it) => it.conversation);

test("rows: reserved for me, then who waits longest, then the newest, then snoozed, then resolved", () => {
  const rows = [
    row("resolved", { status: "resolved", waiting_since: NOW - 99 * MIN }),
    row("snoozed", { status: "snoozed", snoozed_until: NOW + MIN }),
    row("quiet-old", { last: { by: "agent", name: "", text: "", at: NOW - 9 * MIN, seq: 1 } }),
    row("quiet-new"),
    row("waits-1", { waiting_since: NOW - MIN }),
    row("waits-5", { waiting_since: NOW - 5 * MIN }),
    row("for-other", { reservation: { agent: "anna", name: "", until: NOW + 1 } }),
    row("for-me", { reservation: { agent: "me", name: "", until: NOW + 9 } }),
  ];
  assert.deepEqual(ids(sorted(rows, "me")), ["for-me", "waits-5", "waits-1", "quiet-new", "for-other", "quiet-old", "snoozed", "resolved"]);
});

test("a gold customer stands where a standard one stood five minutes ago, as in the hub's router", () => {
  const gold = row("gold", { waiting_since: NOW - MIN, customer: { name: "", tier: "gold" } });
  const older = row("older", { waiting_since: NOW - 4 * MIN });
  const oldest = row("oldest", { waiting_since: NOW - 7 * MIN });
  assert.deepEqual(ids(sorted([older, gold, oldest], "me")), ["oldest", "gold", "older"]);
});

test("a wait is tinted after one and after three minutes, a resolved one never", () => {
  const after = (ms, more) => tint(row("a", { waiting_since: NOW - ms, ...more }), NOW);
  assert.deepEqual([after(59_999), after(60_000), after(180_000), after(999_999, { status: "resolved" })], ["", "warn", "danger", ""]);
});

function inbox(rows) {
  const it = new Inbox({ id: "me" }, { now: () => NOW });
  it.load("queue", rows, { queue: rows.length });
  return it;
}
const change = (rows, gone = []) => ({ view: "queue", rows, gone, counts: { queue: 9 } });

test("under a pointer the list holds still: new rows below, gone rows stay as shadows; then it sorts", () => {
  const it = inbox([row("a", { waiting_since: NOW - 2 }), row("b", { waiting_since: NOW - 1 })]);
  it.hold("queue");
  it.apply(change([row("urgent", { waiting_since: 1 }), row("b", { waiting_since: 2, unread: 3 })], ["a"]));
  assert.deepEqual(it.rows("queue").map((r) => [r.conversation, r.gone ?? false, r.unread]), [["a", true, 0], ["b", false, 3], ["urgent", false, 0]]);
  assert.equal(it.waitingToMove("queue"), 1);
  it.release();
  assert.deepEqual(ids(it.rows("queue")), ["urgent", "b"]);
});

test("a row that got a message lights up; counts come with any frame, rows only for a known view", () => {
  const it = inbox([row("a")]);
  it.apply(change([row("a")]));
  assert.equal(it.anyLit, false);
  it.apply(change([row("a", { last: { by: "customer", name: "", text: "more", at: NOW, seq: 2 } })]));
  assert.deepEqual([it.anyLit, it.isLit("a")], [true, true]);
  it.apply({ ...change([row("z")]), view: "bot", counts: { bot: 7 } });
  assert.deepEqual([it.loaded("bot"), it.counts.bot, it.counts.queue], [false, 7, 9]);
});

test("what calls: unread of mine, and reservations that can still be accepted", () => {
  const asked = (until) => ({ reservation: { agent: "me", name: "", until } });
  const it = inbox([]);
  it.load("mine", [row("r", asked(NOW + 5)), row("late", asked(NOW - 5))], {});
  assert.deepEqual(ids(it.reservations()), ["r"]);
  assert.deepEqual([...it.callers], [["offer r", NOW + 5]]);
  assert.equal(it.calling, 1);
});

test("one read and another come, told in one frame: there is something newer that calls", () => {
  const it = new Inbox({ id: "me" }, { now: () => NOW });
  const mine = (at, more) =>
    row("a", { owner: { kind: "agent", id: "me", name: "" }, unread: 1, last: { by: "customer", name: "", text: "", at, seq: 1 }, ...more });
  const offered = (until) => row("b", { reservation: { agent: "me", name: "", until } });
  const told = (...rows) => (it.apply({ view: "mine", rows, gone: [], counts: {} }), [...it.callers.values()]);
  it.load("mine", [], {});
  assert.deepEqual(told(mine(NOW - 5), offered(NOW + 9)), [NOW - 5, NOW + 9]);
  assert.deepEqual(told(mine(NOW - 3), offered(NOW + 20)), [NOW - 3, NOW + 20]);
  assert.equal(told(mine(NOW - 2, { last: { by: "agent", name: "", text: "", at: NOW - 2, seq: 2 } }))[0], 0);
  assert.equal(told(mine(NOW - 1, { unread: 0 }))[0], 0);
});

test("mine calls while another view is open; of a row that several views hold, the newest counts", () => {
  const owner = { kind: "agent", id: "me", name: "" };
  const it = inbox([row("a", { owner, unread: 9, seq: 1 })]);
  it.load("mine", [row("a", { owner, seq: 1 }), row("queued", { unread: 5 })], {});
  it.load("bot", [], {});
  it.apply({ view: "mine", rows: [row("a", { owner, unread: 2, seq: 3 })], gone: [], counts: {} });
  assert.deepEqual([it.unread, it.calling, it.row("a").unread], [2, 2, 2]);
  assert.deepEqual([...it.callers], [["a", NOW - MIN]]);
  it.apply({ view: "mine", rows: [], gone: ["a"], counts: {} });
  assert.equal(it.calling, 0);
});

test("what somebody gave to me calls until I look at it; what I asked for, was offered or had does not", () => {
  const mine = (id, more) => row(id, { owner: { kind: "agent", id: "me", name: "" }, since: NOW, ...more });
  const it = new Inbox({ id: "me" }, { now: () => NOW });
  it.load("mine", [mine("had"), row("offered", { reservation: { agent: "me", name: "", until: NOW + 5 } })], {});
  const told = (rows, gone = []) => (it.apply({ view: "mine", rows, gone, counts: {} }), ["had", "offered", "a"].filter((id) => it.given(id)));
  assert.deepEqual(told([mine("had", { unread: 1 }), mine("offered")]), []);
  const before = it.calling;
  assert.deepEqual(told([mine("a")]), ["a"]);
  assert.deepEqual([it.calling - before, it.callers.get("a")], [1, NOW]);
  assert.deepEqual(told([mine("a", { unread: 2 })]), ["a"]);
  assert.equal(it.calling - before, 2, "its messages say it already");
  let times = 0;
  it.watch(() => times++);
  it.seen("a");
  it.seen("a");
  assert.deepEqual([it.given("a"), times], [false, 1]);
  told([], ["a"]);
  it.load("mine", [mine("had"), mine("a")], {}); // given while the connection was away
  assert.equal(it.given("a"), true);
  assert.deepEqual(told([], ["a"]), []);
});

let seq = 0;
const event = (type, d = {}, more = {}) => ({
  t: "event", conversation: "c", seq: ++seq, at: NOW + seq * 1000, type, id: "x", channel: "web",
  by: { kind: "customer", id: "c", name: "王丽" }, d, ...more,
});
const said = (text, more) => event("message.created", { id: "m", content: { kind: "text", text } }, more);
const BOT = { by: { kind: "bot", id: "bot", name: "" } };
const kinds = (entries) => entries.map((it) => it.kind);

test("the thread: a day, quiet lines together, messages in runs with their insight, notes and briefs", () => {
  seq = 0;
  const asked = event("session.opened", { session: 1 });
  const first = said("hi", { seq: 10 });
  const entries = timeline([
    event("conversation.started", {}),
    asked,
    event("owner.changed", { reason: "new_session", owner: { kind: "bot" } }),
    event("customer.arrived", {}),
    first,
    said("again", { seq: 11 }),
    event("insight.noted", { of: 10, insight: { intent: "greet" } }, BOT),
    said("hello", { seq: 13, ...BOT }),
    event("handoff.briefed", {}, { seq: 14, ...BOT }),
    event("note.added", { text: "n" }, { seq: 15 }),
    event("message.read", { upto: 13 }, { seq: 16 }),
  ]);
  assert.deepEqual(kinds(entries), ["day", "lines", "message", "message", "message", "brief", "note"]);
  assert.deepEqual(entries[1].lines.map((it) => it.type), ["session.opened", "customer.arrived"]);
  assert.deepEqual(entries.slice(2, 5).map((it) => [it.first, it.insight?.intent ?? ""]), [[true, "greet"], [false, ""], [true, ""]]);
});

test("a divider stands before the first new event, another day gets its name, a changed channel is told", () => {
  seq = 0;
  const old = said("old", { at: NOW - 3 * 24 * 3_600_000 });
  const fresh = said("new", { channel: "email" });
  const entries = timeline([old, fresh], "c:2");
  assert.deepEqual(kinds(entries), ["day", "message", "day", "new", "message"]);
  assert.deepEqual([entries[1].moved, entries[4].moved], [false, true]);
});

test("what came of a call ends a run of quiet lines, so folding leaves it in sight", () => {
  const lines = ["call.requested", "call.accepted", "call.ended", "effect.done", "call.requested", "call.missed"].map((type) => ({ event: { type } }));
  assert.deepEqual(runs(lines).map((run) => run.map(({ event }) => event.type)), [
    ["call.requested", "call.accepted", "call.ended"],
    ["effect.done", "call.requested", "call.missed"],
  ]);
  assert.deepEqual(runs([]), []);
});

test("what the customer thought of it is never folded away", () => {
  const lines = ["outcome.noted", "csat.rated", "tag.added"].map((type) => ({ event: { type } }));
  assert.deepEqual(runs(lines).map((run) => run.at(-1).event.type), ["csat.rated", "tag.added"]);
});

test("staff state follows the log: owner, reservation, snooze, tags, identities, name", () => {
  seq = 0;
  const told = { ...row("c"), tenure: 1, session: 1, customer: { name: "", tier: "" }, identities: [{ kind: "email", value: "a@b", proof: "claim" }] };
  const after = [
    event("tag.added", { tag: "vip" }),
    event("reservation.made", { agent: "me", name: "Me", until: NOW }),
    event("identity.added", { identity: { kind: "email", value: "a@b", proof: "agent_word" } }),
    event("identity.added", { identity: { kind: "email", value: "a@b", proof: 0 } }),
    event("identity.added", { identity: { kind: "visitor", value: "hash", proof: 3 } }),
    event("context.attached", { name: "王丽", surname: "王", tier: "gold" }),
    event("context.attached", { outcome: "unavailable", name: "" }),
  ].reduce(apply, told);
  assert.deepEqual([after.tags, after.reservation.agent, after.customer.tier], [["vip"], "me", "gold"]);
  assert.deepEqual(after.identities, [{ kind: "email", value: "a@b", proof: "agent_word" }]);
  const owner = { kind: "agent", id: "me", name: "Me" };
  const taken = apply(after, event("owner.changed", { owner, tenure: 2, reason: "accepted" }));
  assert.deepEqual([taken.status, taken.reservation, taken.tenure], ["open", null, 2]);
  const asleep = apply(taken, event("conversation.snoozed", { until: NOW }));
  assert.deepEqual([asleep.status, apply(asleep, event("conversation.woken", {})).status], ["snoozed", "open"]);
});

test("an answer about loads that was long on its way takes nobody back", () => {
  const presence = new Presence({ id: "liming" });
  presence.learn([{ id: "anna", name: "Anna Berg", status: "available" }]);
  presence.learn([{ id: "anna", status: "away" }]);
  presence.holds([
    { id: "anna", name: "Anna Berg", status: "available", load: 3 },
    { id: "gone", name: "Gone", status: "available", load: 1 },
  ]);
  assert.deepEqual([...presence.agents.values()], [{ id: "anna", name: "Anna Berg", status: "away", load: 3 }]);
});

test("marks go around a selection and come off again", () => {
  assert.deepEqual(marked("say hi now", 4, 6, "bold"), { text: "say **hi** now", from: 6, to: 8 });
  assert.deepEqual(marked("say **hi** now", 6, 8, "bold"), { text: "say hi now", from: 4, to: 6 });
  assert.equal(marked("one\ntwo", 0, 7, "list").text, "- one\n- two");
  assert.equal(marked("- one\n- two", 0, 11, "list").text, "one\ntwo");
  assert.deepEqual(marked("see docs", 4, 8, "link"), { text: "see [docs](https://)", from: 11, to: 19 });
  assert.deepEqual(marked("https://a.b", 0, 11, "link"), { text: "[](https://a.b)", from: 1, to: 1 });
});

test("a formatter is made once for each language and way of writing; what no standard knows is refused as ever", () => {
  const euro = { style: "currency", currency: "EUR" };
  const it = formatter(Intl.NumberFormat, "en", euro);
  assert.equal(it.format(2), "€2.00");
  assert.equal(formatter(Intl.NumberFormat, "en", { ...euro }), it);
  const others = [[Intl.NumberFormat, "zh-CN", euro], [Intl.NumberFormat, "en", { style: "percent" }], [Intl.DateTimeFormat, "en", {}], [Intl.NumberFormat, "en", {}]];
  assert.equal(new Set([it, ...others.map((one) => formatter(...one))]).size, 5);
  assert.throws(() => formatter(Intl.NumberFormat, "en", { style: "currency", currency: "coins" }), RangeError);
});

test("a wait runs in digits", () => {
  assert.deepEqual([0, 42_900, 725_000, 3_731_000, -5].map(stopwatch), ["0:00", "0:42", "12:05", "1:02:11", "0:00"]);
});

test("an address and a place say the same", () => {
  for (const hash of ["#/mine", "#/all/01A", "#/queue/01A/customer", "#/integrations"]) assert.equal(print(parse(hash)), hash);
  assert.deepEqual(parse("#/elsewhere"), { view: "mine", conversation: "", panel: false, page: "" });
});

test("a step leaves the customer's pane and the page behind, and one that leads nowhere is none", () => {
  const place = new Place();
  let moves = 0;
  place.watch(() => moves++);
  place.go({ page: "integrations" });
  place.go({ page: "integrations" });
  assert.equal(moves, 1);
  place.go({ conversation: "01A", panel: true });
  assert.deepEqual(place.where, { view: "mine", conversation: "01A", panel: true, page: "" });
  place.go({});
  assert.equal(place.panel, false);
});

test("what can be done depends on the role, and on whether there is more than one conversation", () => {
  const names = (commands) => commands.map((it) => it.name);
  assert.equal(names(inConsole("agent")).includes("integrations"), false);
  assert.equal(names(inConsole("supervisor")).includes("integrations"), true);
  assert.equal(names(IN_PANEL).some((name) => name.startsWith("view.") || ["next", "palette", "integrations"].includes(name)), false);
  assert.ok(["panel", "take", "ticket", "suggest", "keys"].every((name) => names(IN_PANEL).includes(name)));
  assert.deepEqual([names(inConsole("agent")).includes("sound"), names(IN_PANEL).includes("sound")], [true, false]);
});

test("after midnight it is 00:05, and a date is as its reader writes it", () => {
  const at = new Date(2026, 10, 9, 0, 5).getTime();
  assert.deepEqual(["en", "en-GB", "zh-CN"].map((variety) => clockTime({ variety }, at)), ["00:05", "00:05", "00:05"]);
  assert.deepEqual(["en-US", "en-GB", "zh-CN"].map((variety) => moment({ variety }, at)), ["Nov 9, 00:05", "9 Nov, 00:05", "11月9日 00:05"]);
});

const SPEAKER = {
  words: { t: (key, values = {}) => [key, ...Object.values(values)].join(" "), number: String },
  presence: { nameOf: (id) => `agent ${id}` },
  conversations: { get: () => ({ events: [{ d: {} }, { d: { party: "guest:1", name: "Pit" } }] }) },
};
const SYSTEM = { kind: "system", id: "", name: "" };

test("a film is of whom it shows: a guest by the name that they were asked in with", () => {
  const of = (party) => partyIn({ conversation: "c", by: SYSTEM, d: { party } }, SPEAKER);
  assert.deepEqual(["agent:anna", "guest:1", "guest:2", "bot", "customer"].map(of), ["agent anna", "Pit", "party.guest", "party.bot", "party.customer"]);
});

test("who asked for a call asked for a person, in the agent's language; else in their own words", () => {
  const of = (reason) => lineText({ type: "handoff.requested", conversation: "c", at: NOW, by: SYSTEM, d: { reason } }, SPEAKER);
  assert.deepEqual(["audio call", "an audio call, please", ""].map(of), ["line.handoff.requested  “call.media.audio”", "line.handoff.requested  “an audio call, please”", "line.handoff.requested "]);
});

test("who declined a call said no; why is told where it adds something", () => {
  const of = (reason) => lineText({ type: "call.declined", conversation: "c", at: NOW, by: { kind: "agent", id: "1", name: "李明" }, d: { reason } }, SPEAKER);
  assert.deepEqual(["declined", "busy"].map(of), ["line.call.declined 李明", "line.call.declined.why 李明 call.why.busy"]);
});

test("how a call went is told of a customer without a name, too", () => {
  const event = { type: "call.measured", conversation: "c", at: NOW, by: SYSTEM, d: { lines: [{ party: "customer", name: "", mos: 4.24 }] } };
  assert.match(lineText(event, SPEAKER), /party\.customer 4\.2/);
});
