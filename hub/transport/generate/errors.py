"""The error registry, for people (docs/protocol/errors.md) and for the SDK (static/sdk/errors.js)."""

from hub.model.errors import OneThreadError
from hub.transport.connection import BAD_FRAMES
from hub.transport.generate.catalogue import registry
from hub.transport.generate.javascript import constant, header

RANGES = (
    (4000, 4099, "stop", "does not retry (after `4001`: gets a new ticket once)"),
    (4100, 4199, "backoff", "retries with backoff"),
    (4200, 4299, "resume", "resumes at once, after the delay given in `goaway`"),
)
FRESH_TICKET = (4001,)

PAGE = """# Errors

<!-- Generated from hub/model/errors.py by `make generate`. Do not edit. -->

One registry for every wire. On the socket an error is `{{"t": "error", "ref", "code", "message", "retry"}}`; over HTTP
it is `application/problem+json` with the same `code`. `retry` says whether the same request may succeed later
without a change: keep its id and send it again, one effect is guaranteed. `retry_after` is in seconds.

A close code is the code with which the socket is closed *when* that error ends it (4100 for one that has none):

- Until `welcome` there is no answer: an error closes it at once (after an `error` frame if the first is no `hello`).
- After it, an error that answers a request is an `error` frame, and the socket stays open, whatever its code. But
  {bad_frames} `bad_frame` or `rate_limited` in a row end it, with the code of the last.
- What befalls the socket itself ends it at any time: `session_revoked`, `replaced`, `draining`, `slow_consumer`,
  `heartbeat_lost`, `frame_too_large`, `store_unavailable` where the end of a log was lost, a guest's `link_over`.

The range of the code says what a client does next:

| close codes | the client | in the SDK |
|---|---|---|
{ranges}

Any other end of a socket (1006, 1012 ...) is treated as `backoff`.

## Registry

| code | sentence | retry | HTTP | close |
|---|---|---|---|---|
{rows}
"""


def page() -> str:
    """docs/protocol/errors.md."""
    ranges = "\n".join(f"| {low}-{high} | {text} | `{act}` |" for low, high, act, text in RANGES)
    return PAGE.format(ranges=ranges, bad_frames=BAD_FRAMES, rows="\n".join(_row(error) for error in registry()))


def _row(error: type[OneThreadError]) -> str:
    retry = "yes" if error.retry else "no"
    return f"| `{error.code}` | {error.sentence} | {retry} | {error.http} | {error.close or ''} |"


def script() -> str:
    """static/sdk/errors.js."""
    rows = {error.code: _facts(error) for error in registry()}
    about = "Every error code of the hub, with what a client needs to know about it."
    return header(about, "hub/model/errors.py") + constant("ERRORS", rows, "code -> what it means") + LOOK_UP


def _facts(error: type[OneThreadError]) -> dict[str, object]:
    return {"sentence": error.sentence, "retry": error.retry, "http": error.http, "close": error.close}


LOOK_UP = """
/**
 * What a code means. A code that this version does not know counts as `internal`.
 * @param {string} code
 */
export const errorOf = (code) => (Object.hasOwn(ERRORS, code) ? ERRORS[code] : ERRORS.internal);
"""
