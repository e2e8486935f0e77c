// A conversation as the list that a screen shows: days, runs of messages, quiet lines, what is new. Pure.

import { line } from "./lines.js";

/** Messages of one party further apart than this (ms) start a new run. */
const RUN = 5 * 60_000;
const CHANNELS = ["web", "app", "email"];

/**
 * @typedef {object} Shown
 * @property {"day" | "unread" | "line" | "message"} kind
 * @property {string} key
 * @property {number} at
 * @property {[string, object?]} [words] of a line
 * @property {any} [by] of a message, as all that follows
 * @property {any} [content]
 * @property {boolean} [mine]
 * @property {boolean} [first] of its run
 * @property {boolean} [last] of its run
 * @property {"sending" | "queued" | "failed" | "sent" | "delivered" | "read" | ""} [state] of one's own
 * @property {string} [id] the id of a waiting one
 * @property {number} [seq]
 * @property {string} [log] the conversation in whose log it stands
 */

/**
 * @param {import("../sdk/thread.js").Thread} thread
 * @param {{channel: string, unreadAfter: number, tell?: typeof line}} view the seq after which messages are new to the reader; who tells of what we don't
 * @returns {Shown[]}
 */
export function items(thread, { channel, unreadAfter, tell }) {
  const said = [...logged(thread, channel, unreadAfter, tell), ...thread.pending.map((entry) => waiting(entry))];
  const dayed = said.flatMap((item, i) => (sameDay(item, said[i - 1]) ? item : [day(item), item]));
  return dayed.map((item, i) => (item.kind === "message" ? inRun(item, dayed[i - 1], dayed[i + 1]) : item));
}

function logged(thread, channel, unreadAfter, tell) {
  const shown = [];
  const events = thread.events;
  const answered = answers(events);
  let marked = false;
  for (const [i, event] of events.entries()) {
    const key = `${event.conversation}:${event.seq}`;
    const words = replaced(event, events[i + 1]) || undone(event, thread) ? null : (line(event) ?? tell?.(event));
    if (words) shown.push({ kind: "line", key, at: event.at, words });
    if (event.type !== "message.created") continue;
    const mine = event.by.kind === "customer";
    // Where the customer wrote from, when it is not where the last one came from.
    if (mine && event.channel !== channel && CHANNELS.includes(event.channel)) {
      shown.push({ kind: "line", key: key + "c", at: event.at, words: [`line.${event.channel}`] });
      channel = event.channel;
    }
    if (!mine && !marked && event.seq > unreadAfter && event.conversation === thread.conversation) {
      marked = !!shown.push({ kind: "unread", key: "unread", at: event.at });
    }
    const state = mine ? tick(event, thread, answered) : "";
    shown.push({ kind: "message", key: mine ? event.id : key, at: event.at, by: event.by, content: event.d.content, mine, state, seq: event.seq, log: event.conversation });
  }
  return shown;
}

/** A rating with a comment follows the same rating without: one line is enough. */
const replaced = (event, next) => event.type === "csat.rated" && next?.type === "csat.rated";

/** The messages that were added are gone again: nothing is told of them. */
const undone = ({ type, d }, { absorbed }) =>
  type === "customer.absorbed" && !absorbed.some((log) => log.conversation === d.source && log.upto === d.upto);

/** Per log, the last seq that somebody answered: an answer is the surest sign of having read. */
function answers(events) {
  const last = {};
  for (const { type, by, conversation, seq } of events) {
    if (type === "message.created" && by.kind !== "customer") last[conversation] = seq;
  }
  return last;
}

function tick({ seq, conversation }, thread, answered) {
  const { read, delivered } = thread.state;
  if (seq < answered[conversation]) return "read";
  if (conversation !== thread.conversation) return "sent";
  return seq <= read.staff ? "read" : seq <= delivered.staff ? "delivered" : "sent";
}

function waiting({ id, at, content, state }) {
  return { kind: "message", key: id, id, at, content, state, mine: true, by: { kind: "customer", id: "" } };
}

const sameDay = (a, b) => b && new Date(a.at).toDateString() === new Date(b.at).toDateString();
const day = ({ at, key }) => ({ kind: "day", key: "day" + key, at });

function inRun(item, before, after) {
  return { ...item, first: !together(before, item), last: !together(item, after) };
}

function together(a, b) {
  if (a?.kind !== "message" || b?.kind !== "message" || a.mine !== b.mine) return false;
  return (a.mine || (a.by.kind === b.by.kind && a.by.id === b.by.id)) && b.at - a.at < RUN && a.state === b.state;
}

/** Something was said that only is not in the log yet. */
const underWay = (pending) => pending.some((entry) => entry.state !== "failed");

/** The quick replies that can still be pressed: those of the newest message, until something made them stale. */
export function replies({ events, pending }) {
  const at = events.findLastIndex((event) => event.type === "message.created");
  const newest = events[at];
  const stale = underWay(pending) || !newest || newest.by.kind === "customer" || events.slice(at).some(closes);
  return (!stale && newest.d.content.kind === "buttons" && newest.d.content.buttons) || [];
}

/** A person took over, or it ended: what the bot offered is no longer on offer. */
const closes = ({ type, d }) =>
  type === "conversation.resolved" || (type === "owner.changed" && d.owner.kind === "agent");

/** Whether the session that just ended still waits for its rating. */
export function rateable(thread) {
  const events = thread.events;
  const ended = events.findLastIndex((event) => event.type === "conversation.resolved");
  if (ended < 0 || !events[ended].d.rate) return false;
  const after = ["csat.rated", "session.opened", "conversation.reopened"];
  return !events.slice(ended).some((event) => after.includes(event.type)) && !underWay(thread.pending);
}
