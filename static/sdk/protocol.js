// Protocol v1 in numbers and names: limits, frame types, close codes.
// Generated from hub/transport/frames.py and hub/model/ by `make generate`. Do not edit.

/** The WebSocket subprotocol to ask for */
export const PROTOCOL = "onethread.v1";

/** Longest frame, in bytes of UTF-8 */
export const FRAME_BYTES = 65536;

/** Longest text of a message, in characters (code points) */
export const MESSAGE_CHARS = 8000;

/** hello must come within this time */
export const HELLO_SECONDS = 5.0;

/** Usual interval of pings; `welcome.heartbeat_s` has the last word */
export const HEARTBEAT_SECONDS = 25.0;

/** Missed events that are replayed on resume; more give `resync` */
export const INLINE_EVENTS = 500;

/** Newest events that a first connection is sent */
export const FIRST_PAGE = 50;

/** error code -> close code */
export const CLOSE = Object.freeze({
  bad_frame: 4000,
  frame_too_large: 1009,
  unsupported_version: 4006,
  hello_timeout: 4008,
  auth_failed: 4001,
  forbidden: 4003,
  replaced: 4009,
  gone: 4004,
  rate_limited: 4129,
  overloaded: 4100,
  draining: 4200,
  slow_consumer: 4213,
  heartbeat_lost: 4214,
  store_unavailable: 4101,
});

/** [first, last, what a client does] */
export const CLOSE_RANGES = Object.freeze([
  [4000, 4099, "stop"],
  [4100, 4199, "backoff"],
  [4200, 4299, "resume"],
]);

/** After these close codes a new ticket is worth one try */
export const FRESH_TICKET = Object.freeze([4001]);

/**
 * What a client does after a socket was closed with `code`: `stop` for good, get a new `ticket` once, retry with
 * `backoff`, or `resume` at once.
 * @param {number} code
 * @returns {"stop" | "ticket" | "backoff" | "resume"}
 */
export const afterClose = (code) =>
  FRESH_TICKET.includes(code)
    ? "ticket"
    : (CLOSE_RANGES.find(([low, high]) => low <= code && code <= high)?.[2] ?? "backoff");

/** What customers may send */
export const CUSTOMER_REQUESTS = Object.freeze([
  "hello",
  "message.post",
  "file.begin",
  "file.open",
  "message.read",
  "message.delivered",
  "typing",
  "history",
  "handoff.request",
  "handoff.cancel",
  "csat.rate",
  "call.request",
  "call.cancel",
  "call.accept",
  "call.decline",
  "call.join",
  "call.hangup",
  "call.upgrade",
  "rtc.description",
  "consent.grant",
  "consent.refuse",
  "consent.withdraw",
  "rtc.candidate",
  "call.state",
  "call.key",
  "stats.report",
  "logout",
  "ping",
]);

/** What agents may send */
export const AGENT_REQUESTS = Object.freeze([
  "hello",
  "message.post",
  "file.begin",
  "file.open",
  "message.read",
  "message.delivered",
  "typing",
  "history",
  "call.request",
  "call.cancel",
  "call.accept",
  "call.decline",
  "call.join",
  "call.hangup",
  "call.upgrade",
  "rtc.description",
  "consent.grant",
  "consent.refuse",
  "consent.withdraw",
  "rtc.candidate",
  "call.state",
  "call.key",
  "stats.report",
  "logout",
  "ping",
  "presence.set",
  "inbox.follow",
  "conversation.follow",
  "conversation.unfollow",
  "reservation.accept",
  "reservation.decline",
  "conversation.assign",
  "conversation.resolve",
  "conversation.reopen",
  "conversation.snooze",
  "note.add",
  "tag.add",
  "tag.remove",
  "context.refresh",
  "context.choose",
  "customer.find",
  "customer.merge",
  "customer.unmerge",
  "customer.verify",
  "ticket.create",
  "ticket.update",
  "task.add",
  "lead.create",
  "customer.edit",
  "effect.retry",
  "draft.suggest",
  "consent.request",
  "recording.stop",
  "call.note",
  "call.invite",
  "call.uninvite",
  "call.link",
  "call.supervise",
  "calls.list",
]);

/** What the hub sends */
export const HUB_FRAMES = Object.freeze([
  "welcome",
  "ack",
  "error",
  "event",
  "next",
  "live",
  "rtc.description",
  "rtc.candidate",
  "call.peer",
  "call.state",
  "call.replaced",
  "call.moved",
  "presence",
  "goaway",
  "pong",
  "reset",
  "resync",
  "typing",
  "inbox",
  "context",
  "integrations",
  "call.quality",
  "guest.over",
]);

/** Events that everyone may see */
export const EVENTS = Object.freeze([
  "call.requested",
  "call.accepted",
  "call.declined",
  "call.cancelled",
  "call.missed",
  "call.joined",
  "call.left",
  "call.unanswered",
  "call.said",
  "call.switched",
  "call.upgraded",
  "call.ended",
  "call.announced",
  "consent.requested",
  "consent.granted",
  "consent.refused",
  "consent.withdrawn",
  "recording.started",
  "recording.stopped",
  "ticket.opened",
  "ticket.changed",
  "crm.news",
  "conversation.started",
  "session.opened",
  "owner.changed",
  "conversation.resolved",
  "conversation.reopened",
  "message.created",
  "message.delivered",
  "message.read",
  "csat.rated",
  "customer.merged",
  "customer.absorbed",
  "customer.unmerged",
  "handoff.requested",
]);

/** Events that only staff may see */
export const STAFF_EVENTS = Object.freeze([
  "call.understood",
  "call.transcribed",
  "call.invited",
  "call.opened",
  "call.supervised",
  "call.unsupervised",
  "call.uninvited",
  "call.noted",
  "call.measured",
  "recording.kept",
  "context.attached",
  "ticket.requested",
  "crm.written",
  "effect.requested",
  "effect.done",
  "effect.failed",
  "crm.noticed",
  "outcome.noted",
  "conversation.snoozed",
  "conversation.woken",
  "note.added",
  "tag.added",
  "tag.removed",
  "customer.arrived",
  "identity.added",
  "customer.carried",
  "customer.released",
  "insight.noted",
  "handoff.briefed",
  "queue.waited",
  "reservation.made",
  "reservation.declined",
  "reservation.expired",
]);
