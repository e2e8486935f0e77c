"""What a file is, by its first bytes; what its sender calls it counts for nothing.

Only pictures of these kinds are ever shown in a page. SVG is none of them: it may hold scripts.
"""

from hub.model.frozen import frozen

ANYTHING = "application/octet-stream"
HEAD = 65_536  # bytes; a JPEG may hold a thumbnail before its size
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's start-of-frame markers (ITU-T T.81, B.1.1.3)


@frozen
class Kind:
    """A media type; of a picture its size in pixels, 0 = unknown."""

    type: str
    width: int = 0
    height: int = 0


def kind_of(head: bytes) -> Kind:
    """By up to HEAD first bytes. Never raises."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        return Kind("image/png", _big(head, 16, 4), _big(head, 20, 4))
    if head.startswith((b"GIF87a", b"GIF89a")) and len(head) >= 10:
        return Kind("image/gif", _little(head, 6), _little(head, 8))
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(head)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return _webp(head)
    if head.startswith(b"%PDF-"):
        return Kind("application/pdf")
    return Kind(ANYTHING)


def _jpeg(head: bytes) -> Kind:
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        if head[at + 1] in _FRAMES:
            return Kind("image/jpeg", _big(head, at + 7, 2), _big(head, at + 5, 2))
        at += 2 + _big(head, at + 2, 2)
    return Kind("image/jpeg")


def _webp(head: bytes) -> Kind:
    """Its three kinds: lossy, lossless, extended (RFC 9649, 2.5 to 2.7)."""
    match head[12:16]:
        case b"VP8 " if len(head) >= 30:
            return Kind("image/webp", _little(head, 26) & 0x3FFF, _little(head, 28) & 0x3FFF)
        case b"VP8L" if len(head) >= 25:
            bits = int.from_bytes(head[21:25], "little")
            return Kind("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8X" if len(head) >= 30:
            return Kind("image/webp", _little(head, 24, 3) + 1, _little(head, 27, 3) + 1)
        case _:
            return Kind("image/webp")


def _big(head: bytes, at: int, size: int) -> int:
    return int.from_bytes(head[at : at + size], "big")


def _little(head: bytes, at: int, size: int = 2) -> int:
    return int.from_bytes(head[at : at + size], "little")
