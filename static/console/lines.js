/** What a quiet line of the thread says about an event. Pure but for the catalogue; empty = the thread says nothing. */
import { isolated } from "../sdk/bidi.js";
import { crmName, shortValue } from "./people.js";
import { proofName } from "./proof.js";
import { clockTime, moment, span, stopwatch } from "./times.js";

/** @typedef {import("./timeline.js").Seen} Seen */
/** @typedef {{words: import("./words.js").Words, presence: {nameOf(id: string): string}, conversations?: {get(id: string): {events: Seen[]} | undefined}}} Speaker */

/** Who of a call: an event names its party, else it is who did it. @param {Pick<Seen, "conversation" | "by" | "d">} event @param {Speaker} app @returns {string} */
export function partyIn({ conversation, by, d }, app) {
  if (d.name) return d.name;
  const [kind, id] = (d.party ?? "").split(":");
  if (kind === "agent") return app.presence.nameOf(id);
  if (kind === "guest") return app.conversations?.get(conversation)?.events.find((it) => it.d.party === d.party && it.d.name)?.d.name ?? app.words.t("party.guest");
  return kind === "bot" || (kind === "customer" && by.kind !== "customer") ? app.words.t(`party.${kind}`) : partyName(app, by);
}

/** @param {Seen} event @param {Speaker} app */
const byParty = ({ by }, app) => ({ by: partyName(app, by) });

/** @param {Seen} event @param {Speaker} app */
const ofParty = (event, app) => ({ name: partyIn(event, app) });

/** @type {Record<string, (event: Seen, app: Speaker) => Record<string, unknown> | string>} */
const VALUES = {
  "call.requested": ({ by, d }, app) => ({ by: partyName(app, by), media: app.words.t(`call.media.${d.media}`) }),
  "call.accepted": ofParty,
  "call.declined": declinedLine,
  "call.cancelled": byParty,
  "call.missed": ({ d }, app) => ({ reason: app.words.t(`call.why.${d.reason}`) }),
  "call.joined": ofParty,
  "call.left": ofParty,
  "call.unanswered": ({ d }, app) => ({ reason: app.words.t(`call.why.${d.reason}`) }),
  "call.said": ({ d }) => ({ text: d.text }),
  "call.understood": understoodLine,
  "call.transcribed": (event, app) => ({
    name: partyIn(event, app),
    engine: event.d.engine,
    text: event.d.lines.map((/** @type {any} */ { at, text }) => `${stopwatch(at)} ${text}`).join(" · "),
  }),
  "call.switched": ({ d }, app) => (d.topology === "relay" ? app.words.t("line.call.relayed") : {}),
  "call.upgraded": byParty,
  "call.ended": ({ d }, app) => ({
    media: capital(app.words.t(`call.media.${d.media}`)),
    time: stopwatch(d.seconds * 1_000),
    reason: app.words.t(`call.why.${d.reason}`),
  }),
  "call.invited": invitedLine,
  "call.opened": ofParty,
  "call.supervised": (event, app) => ({ name: partyIn(event, app), how: app.words.t(`live.how.${event.d.mode}`) }),
  "call.unsupervised": ofParty,
  "call.uninvited": (event, app) => ({ name: partyIn(event, app), why: app.words.t(`call.why.${event.d.why}`) }),
  "call.noted": ({ by, d }, app) => ({
    by: partyName(app, by),
    outcome: app.words.t(`call.outcome.${d.outcome}`),
    text: d.text ? ` · ${d.text}` : "",
  }),
  "call.measured": measuredLine,
  "consent.requested": byParty,
  "consent.granted": ofParty,
  "consent.refused": ofParty,
  "consent.withdrawn": ofParty,
  "recording.started": () => ({}),
  "recording.stopped": ({ d }, app) => ({ why: app.words.t(`call.why.${d.why}`) }),
  "session.opened": ({ d }) => ({ session: d.session }),
  "owner.changed": ownerLine,
  "outcome.noted": ({ by, d }, app) => ({ by: partyName(app, by), outcome: app.words.t(`outcome.${d.outcome}`) }),
  "conversation.reopened": ({ by }, app) => ({ by: partyName(app, by) }),
  "conversation.snoozed": ({ by, d }, app) => ({ by: partyName(app, by), until: moment(app.words, d.until) }),
  "conversation.woken": ({ d }, app) => ({ why: app.words.t(`woken.${d.why}`) }),
  "tag.added": ({ by, d }, app) => ({ by: partyName(app, by), tag: d.tag }),
  "tag.removed": ({ by, d }, app) => ({ by: partyName(app, by), tag: d.tag }),
  "csat.rated": ({ d }) => ({ score: d.score, comment: d.comment ? ` “${d.comment}”` : "" }),
  "customer.arrived": ({ d }) => ({ page: d.page ? ` · ${d.page}` : "" }),
  "identity.added": identityLine,
  "customer.merged": ({ d }) => ({ id: d.into }),
  "customer.absorbed": ({ d }) => ({ id: d.source }),
  "customer.unmerged": ({ d }) => ({ id: d.source }),
  "customer.released": ({ d }) => ({ id: d.out_of }),
  "context.attached": ({ d }, app) => ({ crm: crmName(app.words, d.crm), outcome: app.words.t(`context.line.${d.outcome}`, d) }),
  "handoff.requested": handoffLine,
  "queue.waited": ({ d }, app) => ({ span: span(app.words, d.seconds * 1_000) }),
  "ticket.opened": ({ d }) => ({ number: d.number, subject: d.subject }),
  "ticket.changed": ({ d }, app) => ({ number: d.number, status: app.words.t(`ticket.${d.status}`) }),
  "crm.news": newsLine,
  "crm.noticed": newsLine,
  "crm.written": ({ d }, app) => ({ what: app.words.t(`crm.${d.what}`) }),
  "reservation.made": ({ d }, app) => ({ name: d.name || app.presence.nameOf(d.agent) }),
  "reservation.declined": ({ d }, app) => ({
    name: app.presence.nameOf(d.agent),
    reason: d.reason ? ` “${d.reason}”` : "",
  }),
  "reservation.expired": ({ d }, app) => ({ name: app.presence.nameOf(d.agent) }),
};

/** At the start of a sentence. @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {Seen} event @param {Speaker} app @returns {string} "" for a type that this console doesn't know */
export function lineText(event, app) {
  const values = VALUES[event.type]?.(event, app);
  if (values === undefined) return "";
  return typeof values === "string" ? values : app.words.t(`line.${event.type}`, values);
}

/** Why, where the word itself does not say it. @param {Seen} event @param {Speaker} app */
function declinedLine({ by, d }, app) {
  const t = app.words.t.bind(app.words);
  const values = { by: partyName(app, by) };
  return d.reason === "declined" ? values : t("line.call.declined.why", { ...values, reason: t(`call.why.${d.reason}`) });
}

/** What the bot took from a caller's words. @param {Seen} event @param {Speaker} app */
function understoodLine({ d }, app) {
  const t = app.words.t.bind(app.words);
  const kind = d.kind === "order" && !d.order ? "unknown" : d.kind;
  const what = t(`call.understood.${kind}`, { heard: d.heard, order: d.order });
  return { what: d.confirmed ? t("call.understood.confirmed", { what }) : what };
}

/** What changed in the CRM by other hands. @param {Seen} event @param {Speaker} app */
function newsLine({ d }, app) {
  const { words } = app;
  const key = `${d.kind}.${d.status}`;
  const status = words.has(key) ? words.t(key) : d.status;
  return { crm: crmName(words, d.crm), what: words.t(`news.${d.kind}`, { ref: d.ref }), status: [status, d.text].filter(Boolean).join(" · ") };
}

/** @param {Seen} event @param {Speaker} app */
export function lineTime(event, app) {
  return clockTime(app.words, event.at);
}

/** In the customer's words; the hub's own are those for a call. @param {Seen} event @param {Speaker} app */
function handoffLine({ d: { reason } }, app) {
  const media = /^(audio|video) call$/.exec(reason)?.[1];
  return { reason: reason ? ` “${media ? app.words.t(`call.media.${media}`) : reason}”` : "" };
}

/** How well it went at whose end: 1 (bad) to 5, as people would say. @param {Seen} event @param {Speaker} app */
function measuredLine({ conversation, by, d }, app) {
  const { words } = app;
  const lines = d.lines.map((/** @type {any} */ it) => `${isolated(partyIn({ conversation, by, d: it }, app))} ${words.number(Math.round(it.mos * 10) / 10)}`);
  return lines.length ? { lines: lines.join(" · ") } : "";
}

/** A better known address. A device's own key says nothing to an agent. @param {Seen} event @param {Speaker} app */
function identityLine({ d }, app) {
  if (d.identity.kind === "visitor") return "";
  return {
    kind: app.words.t(`identity.${d.identity.kind}`),
    value: shortValue(d.identity),
    proof: app.words.t(`proof.${proofName(d.identity.proof)}`),
  };
}

/** A colleague is asked; for a guest a link is made, and what they will read is told. @param {Seen} event @param {Speaker} app */
function invitedLine(event, app) {
  const t = app.words.t.bind(app.words);
  const { d, by } = event;
  const values = { by: partyName(app, by), name: partyIn(event, app) };
  if (!d.party.startsWith("guest:")) return d.skill ? t("line.call.invited.skill", { ...values, skill: d.skill }) : values;
  const shown = [...(d.briefing ? ["briefing"] : []), ...(d.since ? ["messages"] : []), ...(d.shown ?? [])].map((it) => t(`expert.told.${it}`));
  return t("line.call.invited.link", { ...values, shown: shown.join(t("expert.comma")) || t("expert.nothing") });
}

/** Whose it is now, and why. @param {Seen} event @param {Speaker} app */
function ownerLine({ by, d }, app) {
  const t = app.words.t.bind(app.words);
  const team = d.owner.kind === "queue" ? d.owner.id : "";
  const key = [`owner.${d.owner.kind}.${d.reason}${team && ".team"}`, `owner.${d.owner.kind}.${d.reason}`].find((it) => app.words.has(it));
  const values = {
    team,
    owner: d.owner.name || (d.owner.kind === "agent" ? app.presence.nameOf(d.owner.id) : ""),
    previous: d.previous?.name || t("party.someone"),
    by: partyName(app, by),
    reason: t(`reason.${d.reason}`),
  };
  return t(key ?? `owner.${d.owner.kind}`, values);
}

/** @param {Speaker} app @param {{kind: string, id: string, name: string}} by */
export function partyName(app, by) {
  if (by.kind === "bot") return app.words.t("party.bot");
  if (by.kind === "system") return app.words.t("party.system");
  if (by.kind === "agent") return by.name || app.presence.nameOf(by.id);
  return by.name || app.words.t("party.customer");
}
