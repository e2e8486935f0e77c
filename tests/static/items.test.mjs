// Covers static/widget/items.js, lines.js, status.js: what the screen shows of a conversation.
import assert from "node:assert/strict";
import { test } from "node:test";
import { line } from "../../static/widget/lines.js";
import { items, rateable, replies } from "../../static/widget/items.js";
import { truth, who } from "../../static/widget/status.js";
import { event } from "./fakes.mjs";

const NOON = new Date(2026, 10, 22, 12).getTime();
const MINUTE = 60_000;
const me = { kind: "customer", id: "c1", name: "" };
const agent = { kind: "agent", id: "a1", name: "李明" };
const bot = { kind: "bot", id: "bot", name: "" };
const at = (seq, minutes, by, more = {}) => event(seq, { at: NOON + minutes * MINUTE, by, ...more });
const told = (seq, type, d, by = bot) => at(seq, seq, by, { type, d });

const thread = (events, more = {}) => ({
  conversation: "c1",
  events,
  pending: [],
  state: { read: { customer: 0, staff: 0 }, delivered: { customer: 0, staff: 0 }, owner: { kind: "bot" } },
  absorbed: [],
  ...more,
});
const show = (it, view = {}) => items(it, { channel: "web", unreadAfter: Infinity, ...view });
const kinds = (shown) => shown.map((item) => (item.kind === "line" ? item.words[0] : item.kind)).join(" ");

test("a run is one party's messages within five minutes; the name stands once, the time at its end", () => {
  const shown = show(thread([at(1, 0, bot), at(2, 1, bot), at(3, 2, agent), at(4, 9, agent), at(5, 10, me)]));
  const edges = shown.filter((item) => item.kind === "message").map((item) => `${item.first ? "<" : ""}${item.seq}${item.last ? ">" : ""}`);
  assert.deepEqual(edges, ["<1", "2>", "<3>", "<4>", "<5>"]);
});

test("each day has its heading; waiting messages come last", () => {
  const pending = [{ id: "x", at: NOON + 1441 * MINUTE, content: { kind: "text", text: "?" }, state: "queued" }];
  const shown = show(thread([at(1, 0, bot), at(2, 1440, bot)], { pending }));
  assert.equal(kinds(shown), "day message day message message");
  assert.deepEqual([shown.at(-1).key, shown.at(-1).state, shown.at(-1).mine], ["x", "queued", true]);
});

test("a message keeps its key when it moves from waiting to the log", () => {
  const [, waiting] = show(thread([], { pending: [{ id: "x", at: NOON, content: {}, state: "sent" }] }));
  const [, logged] = show(thread([at(1, 0, me, { id: "x" })]));
  assert.equal(waiting.key, logged.key);
});

test("ticks: sent, delivered, read; an answer means it was read", () => {
  const states = (it) => show(it).filter((item) => item.mine).map((item) => item.state);
  const mine = [at(1, 0, me), at(2, 1, me), at(3, 2, me)];
  assert.deepEqual(states(thread(mine)), ["sent", "sent", "sent"]);
  const marks = { read: { customer: 0, staff: 1 }, delivered: { customer: 0, staff: 2 }, owner: {} };
  assert.deepEqual(states(thread(mine, { state: marks })), ["read", "delivered", "sent"]);
  assert.deepEqual(states(thread([...mine.slice(0, 2), at(3, 2, bot), at(4, 3, me)])), ["read", "read", "sent"]);
});

test("the mark above what is new stands once, before the first unread message of the other side", () => {
  const shown = show(thread([at(1, 0, bot), at(2, 1, me), at(3, 2, bot), at(4, 3, bot)]), { unreadAfter: 1 });
  assert.equal(kinds(shown), "day message message unread message message");
});

test("where a message came from is told when it changes", () => {
  const from = (seq, channel) => at(seq, seq, me, { channel });
  const shown = show(thread([from(1, "web"), from(2, "app"), from(3, "app"), from(4, "email"), from(5, "web"), from(6, "fax")]));
  assert.equal(kinds(shown), "day message line.app message message line.email message line.web message message");
});

test("who has the conversation is told in quiet lines, with the reason where it matters", () => {
  const owner = (seq, kind, reason, previous = { kind: "bot" }, name = "李明") =>
    told(seq, "owner.changed", { owner: { kind, name }, reason, previous });
  const shown = show(thread([
    owner(1, "bot", "new_session", { kind: "none" }),
    told(2, "handoff.requested", { reason: "" }, me),
    owner(3, "queue", "transferred", { kind: "agent", name: "Anna" }),
    owner(4, "agent", "accepted", { kind: "queue" }),
    owner(5, "agent", "transferred", { kind: "agent", name: "Anna" }),
    owner(6, "queue", "agent_unreachable", { kind: "agent", name: "李明" }),
    owner(7, "bot", "customer_cancelled", { kind: "queue" }),
    told(8, "ticket.opened", { number: "T-1", subject: "x", status: "open" }),
    told(9, "conversation.resolved", { session: 1, rate: true }),
    owner(10, "none", "resolved", { kind: "agent", name: "李明" }),
  ]));
  assert.equal(kinds(shown), "day line.asked line.queue line.joined line.transferred line.unreachable line.cancelled line.ticket line.resolved");
  assert.equal(shown.find((item) => item.words?.[0] === "line.unreachable").words[1].name, "李明");
});

test("what the bot says itself is not told again by a line", () => {
  const queued = (seq, reason) => told(seq, "owner.changed", { owner: { kind: "queue" }, reason, previous: { kind: "bot" } });
  const shown = show(thread([queued(1, "asked"), queued(2, "handed_over"), queued(3, "merged"), queued(4, "bot_failed")]));
  assert.equal(kinds(shown), "day line.queue");
});

test("receipts and unknown events are not shown; a rating with a comment is told once", () => {
  const rated = (seq) => told(seq, "csat.rated", { session: 1, score: 5 }, me);
  const shown = show(thread([told(1, "message.read", { upto: 1 }), told(2, "of.the.future", {}), rated(3), rated(4)]));
  assert.equal(kinds(shown), "day line.rated");
});

test("that messages were added is told as long as they are there", () => {
  const absorbed = (seq, upto) => told(seq, "customer.absorbed", { source: "old", upto });
  const log = [absorbed(1, 4), told(2, "customer.unmerged", { source: "old" }), absorbed(3, 9)];
  const [, only, ...others] = show(thread(log, { absorbed: [{ conversation: "old", upto: 9 }] }));
  assert.deepEqual([only.key, others], ["c1:3", []]);
  assert.equal(kinds(show(thread([...log, told(4, "customer.unmerged", { source: "old" })]))), "");
});

test("quick replies are offered until something was said", () => {
  const buttons = at(1, 0, bot, { d: { content: { kind: "buttons", text: "?", buttons: [{ label: "a" }] } } });
  assert.equal(replies(thread([buttons])).length, 1);
  assert.equal(replies(thread([buttons, told(2, "message.read", { upto: 1 })])).length, 1);
  assert.equal(replies(thread([buttons], { pending: [{}] })).length, 0);
  const owner = (kind) => told(2, "owner.changed", { owner: { kind, name: "" }, reason: "asked" });
  assert.equal(replies(thread([buttons, owner("queue")])).length, 1);
  assert.equal(replies(thread([buttons, owner("agent")])).length, 0);
  assert.equal(replies(thread([buttons, told(2, "conversation.resolved", { session: 1, rate: true })])).length, 0);
  assert.equal(replies(thread([buttons, at(2, 1, me)])).length, 0);
  assert.equal(replies(thread([buttons, at(2, 1, bot)])).length, 0);
});

test("a rating is asked for once, after real service, until something new begins", () => {
  const ended = (rate = true) => told(5, "conversation.resolved", { session: 1, rate });
  assert.equal(rateable(thread([ended()])), true);
  assert.equal(rateable(thread([ended(false)])), false);
  assert.equal(rateable(thread([ended(), told(6, "csat.rated", { score: 4 })])), false);
  assert.equal(rateable(thread([ended(), told(6, "session.opened", { session: 2 })])), false);
  assert.equal(rateable(thread([ended()], { pending: [{}] })), false);
});

test("the header says who answers, and whether anybody is there", () => {
  const as = (owner, online = true) => who({ thread: { state: { owner } }, online });
  assert.deepEqual([as({ kind: "agent", name: "李明" }).name, as({ kind: "bot" }).title], ["李明", "who.bot"]);
  assert.equal(as({ kind: "queue" }, false).does, "who.queue.offline");
  assert.equal(who({ thread: null, online: true }).does, "who.online");
});

test("one line of truth: why it is closed, what waits, or nothing at all", () => {
  const customer = (state, queued = []) => ({ state, outbox: { entries: queued } });
  const waits = [{ state: "queued" }];
  assert.equal(truth(customer("open", waits), null, true), null);
  assert.deepEqual(truth(customer("waiting", waits), null, true), ["connecting.queued"]);
  assert.deepEqual(truth(customer("waiting"), null, false), ["offline"]);
  assert.deepEqual(truth(customer("closed"), { code: 4001, reason: "auth_failed" }, true), ["closed.auth", { code: "auth_failed" }]);
  assert.deepEqual(truth(customer("closed"), { code: 4010, reason: "" }, true), ["closed.erased", { code: 4010 }]);
});

test("news of the CRM are told where they mean something to a customer", () => {
  assert.deepEqual(line({ type: "crm.news", d: { kind: "shipment", status: "out_for_delivery", ref: "P1" } }), ["news.shipment_out_for_delivery", { number: "P1" }]);
  assert.deepEqual(line({ type: "ticket.changed", d: { status: "solved", number: "T1" } }), ["news.ticket_solved", { number: "T1" }]);
  for (const [kind, status] of [["order", "packed"], ["order", "Q7"], ["refund", "done"], ["constructor", "name"]]) {
    assert.equal(line({ type: "crm.news", d: { kind, status, ref: "1" } }), null);
  }
});
