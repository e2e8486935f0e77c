"""The seam between a socket and the conversation hub: what each side promises the other, whichever path carries it.

Everything here happens on the event loop's thread. `Door` and `Receiver` are the hub's, `Wire` is a socket's.
"""

from collections.abc import Sequence
from typing import Protocol

from hub.model.frozen import frozen


@frozen
class Limits:
    """`frame_bytes`: largest message taken. `queue_*`: what may wait for a slow reader. `close_s`: in seconds."""

    frame_bytes: int = 65_536
    queue_frames: int = 256
    queue_bytes: int = 1 << 20
    close_s: float = 5.0


class Receiver(Protocol):
    def received(self, text: bytes) -> None:
        """One whole text message: valid UTF-8, at most `frame_bytes`. Never raises. Not called after Wire.close."""

    def lost(self) -> None:
        """The socket is gone, whoever ended it. Comes exactly once, and last."""


class Wire(Protocol):
    """One open socket. Nothing here raises, and everything but `drained` returns at once."""

    @property
    def peer(self) -> str:
        """The client's IP address as uvicorn knows it (its `forwarded_allow_ips` decides whom it believes), or ""."""

    @property
    def origin(self) -> str | None:
        """The Origin header as it came."""

    @property
    def backlog(self) -> int:
        """Bytes that were sent here and that the kernel has not taken yet."""

    def send(self, text: bytes) -> bool:
        """Queue one text message. What one turn of the event loop queues leaves in one write, or in few.

        False, and the message is not queued, when more than `queue_frames` or `queue_bytes` would wait for a slow
        reader: close with SlowConsumer. After `close`, and when the socket is gone, messages are dropped: True.
        """

    def send_ephemeral(self, text: bytes) -> bool:
        """Queue a message that may be lost; it is, while the reader is behind or a quarter of the queue is taken.

        False when it was lost. True as for `send`.
        """

    async def drained(self) -> None:
        """Wait until the kernel has taken all that was sent, or the socket is gone. Long replays wait here, page by
        page. No time limit: the caller decides how long a page may take."""

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye: what is queued, then the close frame; the first call decides the code.

        A reader that is behind loses what still waits here (it resumes from its seq) and has, like one that does not
        answer, `close_s` until the socket is cut. `lost` comes in either case.
        """


class Door(Protocol):
    def admit(self, origin: str | None, subprotocols: Sequence[str], peer: str) -> None:
        """Asked before the upgrade, with what the client offers. Must not wait.

        Raises UnsupportedVersion: the socket is opened only to be closed with 4006, so that a browser sees why.
        Raises another OneThreadError: answered over HTTP with its status, without an upgrade (Forbidden 403,
        Overloaded and Draining 503 ...).
        """

    def open(self, wire: Wire) -> Receiver:
        """The upgrade is done; who listens? The wire can be sent to already."""
