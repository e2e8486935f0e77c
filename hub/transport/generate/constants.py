"""static/sdk/protocol.js: the numbers and names of protocol v1 that a client needs."""

from hub.model.content import MESSAGE_CHARS
from hub.transport import frames
from hub.transport.generate.catalogue import events, for_everyone, hub_frames, registry, requests
from hub.transport.generate.errors import FRESH_TICKET, RANGES
from hub.transport.generate.javascript import constant, header

ABOUT = "Protocol v1 in numbers and names: limits, frame types, close codes."
SOURCE = "hub/transport/frames.py and hub/model/"

NUMBERS = (
    ("PROTOCOL", frames.PROTOCOL, "The WebSocket subprotocol to ask for"),
    ("FRAME_BYTES", frames.FRAME_BYTES, "Longest frame, in bytes of UTF-8"),
    ("MESSAGE_CHARS", MESSAGE_CHARS, "Longest text of a message, in characters (code points)"),
    ("HELLO_SECONDS", frames.HELLO_SECONDS, "hello must come within this time"),
    ("HEARTBEAT_SECONDS", frames.HEARTBEAT_SECONDS, "Usual interval of pings; `welcome.heartbeat_s` has the last word"),
    ("INLINE_EVENTS", frames.INLINE_EVENTS, "Missed events that are replayed on resume; more give `resync`"),
    ("FIRST_PAGE", frames.FIRST_PAGE, "Newest events that a first connection is sent"),
)

AFTER_CLOSE = """
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
"""


def script() -> str:
    """The module's text."""
    parts = [header(ABOUT, SOURCE), *(constant(*number) for number in NUMBERS), *_codes(), AFTER_CLOSE, *_names()]
    return "".join(parts)


def _codes() -> list[str]:
    codes = {error.code: error.close for error in registry() if error.close and "close" in vars(error)}
    ranges = [list(entry[:3]) for entry in RANGES]
    return [
        constant("CLOSE", codes, "error code -> close code"),
        constant("CLOSE_RANGES", ranges, "[first, last, what a client does]"),
        constant("FRESH_TICKET", list(FRESH_TICKET), "After these close codes a new ticket is worth one try"),
    ]


def _names() -> list[str]:
    staff = [name for name, body in events().items() if not for_everyone(body)]
    return [
        constant("CUSTOMER_REQUESTS", [s.name for s in requests() if "customer" in s.sides], "What customers may send"),
        constant("AGENT_REQUESTS", [s.name for s in requests() if "agent" in s.sides], "What agents may send"),
        constant("HUB_FRAMES", [s.name for s in hub_frames()], "What the hub sends"),
        constant("EVENTS", [n for n, body in events().items() if for_everyone(body)], "Events that everyone may see"),
        constant("STAFF_EVENTS", staff, "Events that only staff may see"),
    ]
