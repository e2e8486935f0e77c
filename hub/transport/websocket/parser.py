"""WebSocket frames, server side and sans-IO: bytes in, text messages and control events out; and the other way.

RFC 6455 without extensions: a set RSV bit is an error, so nothing is ever inflated. Binary messages are refused.
"""

import codecs
from collections.abc import Sequence

from hub.model.frozen import frozen

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without a wheel: slower, and the same
    from websockets.utils import apply_mask

FIN, RSV, OPCODE, MASKED, LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
WHOLE_TEXT = FIN | TEXT
CONTROL_BYTES = 125
REASON_BYTES = CONTROL_BYTES - 2

PROTOCOL_ERROR, UNSUPPORTED, INVALID_TEXT, TOO_BIG = 1002, 1003, 1007, 1009
# What a peer may send (IANA registry): 1004-1006 and 1015 must never stand in a frame, 1016-2999 are nobody's yet.
CLOSE_CODES = frozenset((1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)))


@frozen
class Ping:
    payload: bytes


@frozen
class Close:
    """The peer closes. `code` is None when its frame named none."""

    code: int | None
    reason: str


@frozen
class Failure:
    """The peer broke the protocol: close with this code. Nothing it sends afterwards is looked at."""

    code: int
    reason: str


Event = bytes | Ping | Close | Failure


class _Violation(Exception):
    """Carries a failure out of the parsing; it never leaves this file."""

    def __init__(self, code: int, reason: str) -> None:
        self.failure = Failure(code, reason)


class _Rest:
    """What a parser holds between two calls, other than nothing: half a frame, half a message, or its end."""

    __slots__ = ("decoder", "done", "pending", "text")

    def __init__(self) -> None:
        self.pending = bytearray()
        self.text: bytearray | None = None
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.done = False


class Parser:
    """One socket's incoming side. Holds at most one message and one frame; between messages, nothing at all."""

    __slots__ = ("_limit", "_rest")

    def __init__(self, limit: int) -> None:
        """`limit` is the size of the largest message, in bytes."""
        self._limit = limit
        self._rest: _Rest | None = None

    def feed(self, chunk: bytes) -> Sequence[Event]:
        """What these bytes complete, in order: messages as UTF-8 bytes, and events. Never raises.

        Pongs are taken in silence. After a Close or a Failure, which is always last, everything is ignored.
        """
        if self._rest is None and len(chunk) > 8 and chunk[0] == WHOLE_TEXT:
            # The one that matters: a whole text message, alone in its segment. What isn't quite that is scanned.
            size, start = chunk[1] - MASKED, 6
            if size > 125:
                size, start = chunk[2] << 8 | chunk[3] if size == 126 else -1, 8
            if len(chunk) == start + size and size <= self._limit:
                text = apply_mask(chunk[start:], chunk[start - 4 : start])
                if text.isascii() or is_utf8(text):
                    return (text,)
        return self._scan(chunk)

    def _scan(self, chunk: bytes | bytearray) -> list[Event]:
        rest = self._rest or _Rest()
        events: list[Event] = []
        if rest.done:
            return events
        if rest.pending:
            rest.pending += chunk
            chunk, rest.pending = rest.pending, bytearray()
        at = 0
        try:
            while not rest.done and (frame := self._cut(chunk, at, rest)):
                first, payload, at = frame
                _take(first, payload, rest, events)
        except _Violation as violation:
            rest.done = True
            events.append(violation.failure)
        self._keep(rest, chunk, at)
        return events

    def _keep(self, rest: _Rest, chunk: bytes | bytearray, at: int) -> None:
        if rest.done:
            rest.text = None
        elif at < len(chunk):
            # Cut in place: a frame that comes byte by byte isn't copied once for each.
            rest.pending = chunk if isinstance(chunk, bytearray) else bytearray(chunk)
            del rest.pending[:at]
        self._rest = rest if rest.pending or rest.text is not None or rest.done else None

    def _cut(self, chunk: bytes | bytearray, at: int, rest: _Rest) -> tuple[int, bytes, int] | None:
        """First byte and unmasked payload of the frame that starts `at`, and where it ends; None if it isn't whole.

        Raises _Violation as soon as the header shows that the frame can't be taken, its payload unseen.
        """
        left = len(chunk) - at
        if left < 2:
            return None
        first, size, start = chunk[at], chunk[at + 1] & LENGTH, at + 2
        _check(first, chunk[at + 1], rest.text is not None)
        if size > CONTROL_BYTES:
            start += 2 if size == 126 else 8
            if len(chunk) < start:
                return None
            size = int.from_bytes(chunk[at + 2 : start], "big")
        if not first & 0x8 and size > self._limit - len(rest.text or b""):
            raise _Violation(TOO_BIG, f"a message may hold {self._limit} bytes")
        end = start + 4 + size
        if len(chunk) < end:
            return None
        return first, apply_mask(chunk[start + 4 : end], chunk[start : start + 4]), end


def _check(first: int, second: int, inside: bool) -> None:
    """A header's two bytes against the RFC; `inside` = the fragments of a message are still coming."""
    opcode = first & OPCODE
    if first & RSV:
        raise _Violation(PROTOCOL_ERROR, "no extension was agreed on")
    if not second & MASKED:
        raise _Violation(PROTOCOL_ERROR, "a client masks its frames")
    if opcode in (CLOSE, PING, PONG):
        if not first & FIN or second & LENGTH > CONTROL_BYTES:
            raise _Violation(PROTOCOL_ERROR, "a control frame is whole and small")
    elif opcode not in (CONTINUATION, TEXT, BINARY):
        raise _Violation(PROTOCOL_ERROR, "unknown opcode")
    elif (opcode == CONTINUATION) != inside:
        raise _Violation(PROTOCOL_ERROR, "fragments out of order")
    elif opcode == BINARY:
        raise _Violation(UNSUPPORTED, "text only")


def _take(first: int, payload: bytes, rest: _Rest, events: list[Event]) -> None:
    """One whole frame, header checked, becomes at most one event."""
    opcode = first & OPCODE
    if opcode == PING:
        events.append(Ping(payload))
    elif opcode == CLOSE:
        rest.done = True
        events.append(_closing(payload))
    elif opcode != PONG:
        _decode(rest, payload, final=bool(first & FIN))
        if rest.text is None and first & FIN:
            events.append(payload)
        elif first & FIN:
            events.append(bytes(rest.text or b"") + payload)
            rest.text = None
        else:
            # Joined as they come: a list of fragments could be made of a million empty ones.
            rest.text = bytearray() if rest.text is None else rest.text
            rest.text += payload


def _decode(rest: _Rest, payload: bytes, *, final: bool) -> None:
    """Bad UTF-8 ends the socket at the fragment that holds it, not only at the message's end."""
    try:
        rest.decoder.decode(payload, final)
    except UnicodeDecodeError:
        raise _Violation(INVALID_TEXT, "text is UTF-8") from None


def is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _closing(payload: bytes) -> Close:
    if not payload:
        return Close(None, "")
    code = int.from_bytes(payload[:2], "big")
    if code not in CLOSE_CODES:  # half a code is none of them either
        raise _Violation(PROTOCOL_ERROR, "not a close code")
    try:
        return Close(code, payload[2:].decode())
    except UnicodeDecodeError:
        raise _Violation(INVALID_TEXT, "text is UTF-8") from None


def _head(first: int, size: int) -> bytes:
    if size < 126:
        return bytes((first, size))
    if size < 65_536:
        return bytes((first, 126)) + size.to_bytes(2, "big")
    return bytes((first, 127)) + size.to_bytes(8, "big")


class Heads(dict[int, bytes]):
    """How a text of so many bytes begins as a frame: of nearly all that is ever sent it is ready."""

    def __missing__(self, size: int) -> bytes:
        return _head(WHOLE_TEXT, size)


TEXT_HEADS = Heads({size: _head(WHOLE_TEXT, size) for size in range(1_024)})


def text_frame(text: bytes) -> bytes:
    """One unmasked text frame, as servers send them."""
    return TEXT_HEADS[len(text)] + text


def pong_frame(payload: bytes) -> bytes:
    return _head(FIN | PONG, len(payload)) + payload


def close_frame(code: int | None, reason: str = "") -> bytes:
    """A close frame; no code, no payload."""
    payload = b"" if code is None else code.to_bytes(2, "big") + short(reason).encode()
    return _head(FIN | CLOSE, len(payload)) + payload


def short(reason: str) -> str:
    """As much of a reason, in whole characters, as a close frame can hold."""
    return reason.encode()[:REASON_BYTES].decode(errors="ignore")
