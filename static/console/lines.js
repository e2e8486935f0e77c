/** What a quiet line of the thread says about an event. Pure but for the catalogue; empty = the thread says nothing. */
import { crmName, shortValue } from "./people.js";
import { proofName } from "./proof.js";
import { clockTime, moment, span } from "./times.js";

/** @typedef {import("./timeline.js").Seen} Seen */
/** @typedef {{words: import("./words.js").Words, presence: {nameOf(id: string): string}}} Speaker */

/** @type {Record<string, (event: Seen, app: Speaker) => Record<string, unknown> | string>} */
const VALUES = {
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
  "handoff.requested": ({ d }) => ({ reason: d.reason ? ` “${d.reason}”` : "" }),
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

/** @param {Seen} event @param {Speaker} app @returns {string} "" for a type that this console doesn't know */
export function lineText(event, app) {
  const values = VALUES[event.type]?.(event, app);
  if (values === undefined) return "";
  return typeof values === "string" ? values : app.words.t(`line.${event.type}`, values);
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

/** A better known address. A device's own key says nothing to an agent. @param {Seen} event @param {Speaker} app */
function identityLine({ d }, app) {
  if (d.identity.kind === "visitor") return "";
  return {
    kind: app.words.t(`identity.${d.identity.kind}`),
    value: shortValue(d.identity),
    proof: app.words.t(`proof.${proofName(d.identity.proof)}`),
  };
}

/** Whose it is now, and why. @param {Seen} event @param {Speaker} app */
function ownerLine({ by, d }, app) {
  const t = app.words.t.bind(app.words);
  const key = `owner.${d.owner.kind}.${d.reason}`;
  const values = {
    owner: d.owner.name || (d.owner.kind === "agent" ? app.presence.nameOf(d.owner.id) : ""),
    previous: d.previous?.name || t("party.someone"),
    by: partyName(app, by),
    reason: t(`reason.${d.reason}`),
  };
  return t(app.words.has(key) ? key : `owner.${d.owner.kind}`, values);
}

/** @param {Speaker} app @param {{kind: string, id: string, name: string}} by */
export function partyName(app, by) {
  if (by.kind === "bot") return app.words.t("party.bot");
  if (by.kind === "system") return app.words.t("party.system");
  if (by.kind === "agent") return by.name || app.presence.nameOf(by.id);
  return by.name || app.words.t("party.customer");
}
