// Every error code of the hub, with what a client needs to know about it.
// Generated from hub/model/errors.py by `make generate`. Do not edit.

/** code -> what it means */
export const ERRORS = Object.freeze({
  internal: { sentence: "Something went wrong on our side. Your message is safe; please try again.", retry: true, http: 500, close: null },
  bad_frame: { sentence: "The frame is not one this protocol knows.", retry: false, http: 400, close: 4000 },
  frame_too_large: { sentence: "A frame may hold at most 64 KiB.", retry: false, http: 413, close: 1009 },
  unsupported_version: { sentence: "This hub speaks onethread.v1.", retry: false, http: 426, close: 4006 },
  hello_timeout: { sentence: "The first frame, hello, must come within 5 seconds.", retry: false, http: 408, close: 4008 },
  auth_failed: { sentence: "The sign-in or token is not valid.", retry: false, http: 401, close: 4001 },
  ticket_invalid: { sentence: "The ticket was used, has expired or belongs to another origin. Get a new one.", retry: false, http: 401, close: 4001 },
  link_unknown: { sentence: "This link is not one of ours, or it is from long ago.", retry: false, http: 404, close: 4001 },
  link_used: { sentence: "This link was opened in another browser. Ask for a new one.", retry: false, http: 409, close: 4001 },
  link_expired: { sentence: "Nobody opened this link in time. Ask for a new one.", retry: false, http: 410, close: 4001 },
  link_withdrawn: { sentence: "The invitation was withdrawn.", retry: false, http: 410, close: 4001 },
  link_over: { sentence: "The call that this link was for is over, or you have left or declined it.", retry: false, http: 410, close: 4001 },
  session_revoked: { sentence: "You were signed out.", retry: false, http: 401, close: 4001 },
  forbidden: { sentence: "You may not do this.", retry: false, http: 403, close: 4003 },
  replaced: { sentence: "This device connected again elsewhere.", retry: false, http: 409, close: 4009 },
  login_throttled: { sentence: "Too many sign-in attempts. Please wait a little.", retry: true, http: 429, close: null },
  bad_request: { sentence: "A field is missing or has a value that is not allowed.", retry: false, http: 400, close: null },
  unknown_request: { sentence: "This hub does not know this request.", retry: false, http: 400, close: null },
  too_long: { sentence: "The text or the file is too large.", retry: false, http: 413, close: null },
  not_found: { sentence: "There is no such thing here.", retry: false, http: 404, close: null },
  gone: { sentence: "This conversation was erased or moved.", retry: false, http: 410, close: 4004 },
  refused: { sentence: "This is not possible now.", retry: false, http: 409, close: null },
  not_owner: { sentence: "Another party has this conversation. Take it over first.", retry: false, http: 409, close: null },
  not_reserved_for_you: { sentence: "This reservation is not yours, or its time has passed.", retry: false, http: 409, close: null },
  stale_tenure: { sentence: "The conversation changed hands in the meantime.", retry: false, http: 409, close: null },
  not_queued: { sentence: "The conversation is not waiting for a person.", retry: false, http: 409, close: null },
  session_closed: { sentence: "This session is already resolved.", retry: false, http: 409, close: null },
  session_open: { sentence: "This session is still open.", retry: false, http: 409, close: null },
  merge_refused: { sentence: "These two customers can't be joined: the proof is missing, or both have a signed id of their own.", retry: false, http: 409, close: null },
  call_busy: { sentence: "There is a call already, or it is full.", retry: false, http: 409, close: null },
  call_taken: { sentence: "The call was answered elsewhere.", retry: false, http: 409, close: null },
  call_over: { sentence: "There is no such call any more.", retry: false, http: 409, close: null },
  listen_only: { sentence: "Who listens to a call sends nothing to this party.", retry: false, http: 409, close: null },
  rate_limited: { sentence: "Too many requests. Please slow down a little.", retry: true, http: 429, close: 4129 },
  overloaded: { sentence: "This node has too much to do. Please try again shortly.", retry: true, http: 503, close: 4100 },
  draining: { sentence: "This node is being updated; connect again.", retry: true, http: 503, close: 4200 },
  slow_consumer: { sentence: "The connection could not keep up; it resumes where it stopped.", retry: true, http: 503, close: 4213 },
  heartbeat_lost: { sentence: "No heartbeat was heard; connect again.", retry: true, http: 408, close: 4214 },
  store_unavailable: { sentence: "Your message is not stored yet. It is sent again by itself.", retry: true, http: 503, close: 4101 },
  disk_full: { sentence: "The disk of the data directory is full.", retry: true, http: 503, close: 4101 },
  not_durable: { sentence: "The message could not be made durable in time. It is sent again by itself.", retry: true, http: 503, close: 4101 },
  conflict: { sentence: "Too many changes at the same moment. Please try again.", retry: true, http: 409, close: null },
  crm_unavailable: { sentence: "The CRM does not answer at the moment.", retry: true, http: 503, close: null },
  crm_lacks: { sentence: "This is not available in the connected CRM.", retry: false, http: 501, close: null },
  crm_conflict: { sentence: "Somebody else changed this in the CRM in the meantime. Nothing was written; look again.", retry: false, http: 409, close: null },
  crm_refused: { sentence: "The CRM did not accept this.", retry: false, http: 422, close: null },
  bot_failed: { sentence: "The bot could not answer.", retry: true, http: 503, close: null },
  media_unavailable: { sentence: "Calls can't be connected at the moment.", retry: true, http: 503, close: null },
  media_full: { sentence: "There are as many calls as this hub can carry. Please try again shortly.", retry: true, http: 503, close: null },
  voice_unavailable: { sentence: "The bot can't speak or listen at the moment.", retry: true, http: 503, close: null },
  bad_description: { sentence: "The description of this side of the call can't be used.", retry: false, http: 400, close: null },
});

/**
 * What a code means. A code that this version does not know counts as `internal`.
 * @param {string} code
 */
export const errorOf = (code) => (Object.hasOwn(ERRORS, code) ? ERRORS[code] : ERRORS.internal);
