// Covers static/console/asks.js, effects.js, form.js and hints.js: what is asked of the CRM, and how it went.

import assert from "node:assert/strict";
import { test } from "node:test";
import { again, becomes, fields, offered, sent } from "../../static/console/asks.js";
import { effects } from "../../static/console/effects.js";
import { Form } from "../../static/console/form.js";
import { Hints } from "../../static/console/hints.js";
import { timeline } from "../../static/console/timeline.js";
import { Failure } from "../../static/sdk/failure.js";

const ALL = ["create_ticket", "update_ticket", "add_task", "add_note", "create_lead", "update_customer"];
const EDITABLE = ["name", "emails", "phones", "company", "custom.size"];
const CUSTOMER = { name: "王丽", emails: ["a@b.c"], phones: [{ raw: "138 0000", e164: "+86138" }], custom: { size: "M" } };
const known = (more = {}) => ({ outcome: "found", can: ALL, editable: EDITABLE, customer: CUSTOMER, ...more });
const names = (it) => Object.keys(it).filter((name) => it[name]);
const row = { customer: { name: "Ann" }, identities: [{ kind: "email", value: "ann@b.c" }, { kind: "phone", value: "+44" }] };

test("only what the CRM can is offered, to whom it fits", () => {
  assert.deepEqual(names(offered(known())), ["ticket", "ticket_update", "task", "edit"]);
  assert.deepEqual(names(offered(known({ outcome: "none" }))), ["ticket", "lead"]);
  assert.deepEqual(names(offered(known({ outcome: "several" }))), []);
  assert.deepEqual(names(offered(known({ can: ["add_note"], editable: [] }))), ["task"]);
  assert.deepEqual(names(offered(null)), []);
  assert.deepEqual(names(offered({ outcome: "found" })), [], "a hub of an older version names nothing");
});

test("what will become of it is said before", () => {
  assert.equal(becomes("task", known({ can: ["add_note"] })), "note");
  assert.equal(becomes("ticket", known({ outcome: "none" })), "lead");
  assert.equal(becomes("ticket", known()) + becomes("task", known()) + becomes("edit", known()), "");
});

test("an edit sends what was changed, with what stood there, and never a blank", () => {
  const shown = fields("edit", known(), row, 0);
  assert.deepEqual(shown.map((it) => [it.name, it.value]), [
    ["name:0", "王丽"], ["emails:0", "a@b.c"], ["emails:1", ""], ["phones:0", "138 0000"], ["phones:1", ""], ["company:0", ""], ["custom.size:0", "M"],
  ]);
  const texts = Object.fromEntries(shown.map((it) => [it.name, it.value]));
  assert.equal(sent("edit", texts, known()), null);
  assert.equal(sent("edit", { ...texts, "name:0": " ", "emails:0": "" }, known()), null);
  assert.deepEqual(sent("edit", { ...texts, "emails:1": " x@y.z ", "company:0": "Acme", "custom.size:0": "L" }, known()), {
    changes: [
      { field: "emails", was: "", now: "x@y.z" },
      { field: "company", was: "", now: "Acme" },
      { field: "custom.size", was: "M", now: "L" },
    ],
  });
});

test("forms send what was filled in", () => {
  assert.deepEqual(sent("ticket", { subject: " leaks ", body: "", priority: "normal", order_ref: "" }, known()), { subject: "leaks", priority: "normal" });
  assert.equal(sent("ticket_update", { status: "", priority: "", comment: " " }, known(), { number: "T1" }), null);
  assert.deepEqual(sent("ticket_update", { status: "solved", priority: "", comment: "" }, known(), { number: "T1" }), { number: "T1", status: "solved" });
  assert.deepEqual(sent("task", { title: "call", due: "2026-11-29T10:00" }, known()), { title: "call", due: new Date(2026, 10, 29, 10).getTime() });
});

test("a to-do is for tomorrow at ten, here; a lead has the best address that was left", () => {
  const due = fields("task", known(), row, new Date(2026, 10, 28, 23, 50).getTime()).find((it) => it.name === "due");
  assert.equal(due.value, "2026-11-29T10:00");
  assert.equal(fields("lead", known(), row, 0).find((it) => it.name === "contact").value, "+44");
});

test("what was asked is asked again as it was", () => {
  assert.deepEqual(again({ kind: "ticket_update", number: "T1", change: { status: "solved" } }), { type: "ticket.update", d: { number: "T1", status: "solved" } });
  assert.deepEqual(again({ kind: "lead", draft: { name: "A" } }), { type: "lead.create", d: { name: "A" } });
});

test("a form's words wait while another conversation is looked at, and go when it is done", () => {
  const form = new Form();
  form.open("ticket", "01A");
  form.keep({ subject: "leaks" });
  form.open("ticket", "01B");
  assert.deepEqual(form.typed, {});
  form.open("ticket", "01A");
  assert.deepEqual(form.typed, { subject: "leaks" });
  form.close();
  form.open("ticket", "01A");
  assert.deepEqual(form.typed, {});
});

let seq = 0;
const event = (type, d, more = {}) => ({ conversation: "01A", seq: ++seq, at: seq, type, id: `id${seq}`, by: { kind: "agent", id: "li", name: "Li" }, channel: "console", d, ...more });
const asked = (effect, ask = { kind: "ticket", draft: { subject: "leaks" } }) => event("effect.requested", { effect, kind: ask.kind, title: "leaks", crm: "local", ask });
const shown = (events) => timeline(events).filter((it) => it.kind !== "day").map((it) => (it.effect ? `${it.effect.state}:${it.effect.title}` : it.kind));

test("an effect is one line: on its way, then how it went", () => {
  const request = asked("e1");
  assert.deepEqual(shown([request]), ["asked:leaks"]);
  const done = event("effect.done", { effect: "e1", kind: "ticket", ref: "T1", url: "", degraded: "" });
  const opened = event("ticket.opened", { number: "T1", subject: "leaks" });
  assert.deepEqual(shown([request, done, opened]), ["done:leaks"], "what the customer reads of it says no more");
  assert.deepEqual(shown([opened, done]), ["lines", "done:"], "without the request, nothing is left out");
});

test("what failed may still succeed, and the last word counts", () => {
  const events = [asked("e1"), event("effect.failed", { effect: "e1", kind: "ticket", why: "crm_refused", detail: "", kept: true })];
  assert.deepEqual(shown(events), ["failed:leaks"]);
  assert.deepEqual(shown([...events, event("effect.done", { effect: "e1", kind: "ticket", ref: "T1" })]), ["done:leaks"]);
});

test("what was asked again since is not offered a third time", () => {
  const failed = event("effect.failed", { effect: "e1", kind: "ticket", why: "crm_unavailable", detail: "", kept: false });
  const first = [{ ...asked("e1"), seq: failed.seq - 1 }, failed];
  const ask = (events) => effects(events).told.get(failed).ask;
  assert.equal(ask(first)?.kind, "ticket");
  assert.equal(ask([...first, asked("e2")]), null);
  assert.equal(ask([...first, asked("e3", { kind: "ticket", draft: { subject: "another" } })])?.kind, "ticket");
});

test("the bot's ticket is told in the same way", () => {
  const request = event("ticket.requested", { draft: { subject: "repair" } }, { id: "b1", by: { kind: "bot", id: "bot", name: "" } });
  assert.deepEqual(shown([request, event("effect.done", { effect: "b1", kind: "ticket", ref: "T2" })]), ["done:repair"]);
});

test("of two questions only the newer one's answer counts, and a failure is told", async () => {
  const answers = [];
  const socket = { request: () => new Promise((resolve, reject) => answers.push({ resolve, reject })) };
  const hints = new Hints({ knowledge: async () => [] }, socket, { language: "en" });
  hints.turn("suggest", "01A");
  const second = hints.suggest();
  answers[1].resolve({ d: { suggestions: [{ text: "new", why: "" }] } });
  await second;
  answers[0].resolve({ d: { suggestions: [{ text: "old", why: "" }] } });
  await Promise.resolve();
  assert.equal(hints.drafts[0].text, "new");
  const third = hints.suggest();
  answers[2].reject(new Failure("timeout"));
  await third;
  assert.equal(hints.problem.code, "timeout");
  hints.turn("suggest", "01A");
  assert.equal(hints.shown, "");
});
