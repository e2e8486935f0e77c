"""Small pictures of each kind that browsers show, made by the encoders of PyAV and by hand."""

import io
import struct
import zlib

import av
import numpy as np


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = b"".join(b"\0" + b"\x20\x80\xc0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def gif(width: int, height: int) -> bytes:
    return _encoded(width, height, "gif", "gif", "rgb8")


def jpeg(width: int, height: int) -> bytes:
    return _encoded(width, height, "mjpeg", "mjpeg", "yuvj420p")


def webp(width: int, height: int) -> bytes:
    return _encoded(width, height, "webp", "libwebp", "yuv420p")


def _encoded(width: int, height: int, container: str, codec: str, pixels: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels  # type: ignore[attr-defined]
        frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), 120, np.uint8), format="rgb24")
        for packet in (*stream.encode(frame), *stream.encode(None)):  # type: ignore[attr-defined]
            out.mux(packet)
    return file.getvalue()
