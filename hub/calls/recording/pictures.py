"""How the pictures of a codec travel in RTP, and which of them stand alone: VP8 (RFC 7741), H.264 (RFC 6184)."""

from collections.abc import Callable, Iterator

from aiortc.codecs.h264 import H264PayloadDescriptor
from aiortc.codecs.vpx import vp8_depayload

from hub.model.frozen import frozen

START = b"\x00\x00\x00\x01"
IDR, SPS, PPS = 5, 7, 8


@frozen
class Pictures:
    """`part` is a packet's share of a picture (raises ValueError), `alone` whether a whole one needs none before it."""

    part: Callable[[bytes], bytes]
    alone: Callable[[bytes], bool]


def _h264_part(payload: bytes) -> bytes:
    """One unit, several (STAP-A) or a piece of one (FU-A); each unit begins with a start code (Annex B)."""
    _, part = H264PayloadDescriptor.parse(payload)
    return bytes(part)


def _h264_alone(body: bytes) -> bool:
    """A player that begins here needs the parameters, too; WebRTC sends them with each such picture."""
    return {IDR, SPS, PPS} <= {unit[0] & 31 for unit in units(body)}


def units(body: bytes) -> Iterator[bytes]:
    """The NAL units of a picture."""
    return (unit for unit in body.split(START) if unit)


def vp8_size(body: bytes) -> tuple[int, int] | None:
    """Width and height of a VP8 key frame (RFC 6386, 9.1); None for what is none."""
    if len(body) < 10 or body[0] & 1 or body[3:6] != b"\x9d\x01\x2a":
        return None
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


KEPT = {
    "vp8": Pictures(vp8_depayload, lambda body: vp8_size(body) is not None),
    "h264": Pictures(_h264_part, _h264_alone),
}
