"""What a tap hears, as it is: packets with their time, appended and sealed. Nothing is parsed on the media loop.

    at(8, µs) kind(1) length(2) bytes

A record is a packet, a report (RTCP) or what the party said it would send (SDP). A file for each party.
"""

import struct
from collections.abc import Callable, Iterator
from enum import IntEnum
from pathlib import Path

from hub.calls.recording.sealed import SealedReader, SealedWriter
from hub.model.frozen import frozen

FLUSH_BYTES = 60_000
FLUSH_US = 1_000_000  # a crash loses so much of the end; each write costs as much as many packets
SWITCH_US = 2_000_000  # so long silent to one other party, what it sends to the next one is kept
_HEAD = struct.Struct("!QBH")


class Kind(IntEnum):
    PACKET = 0
    REPORT = 1
    SAID = 2  # a description


@frozen
class Record:
    """`at` is in µs, on the media worker's clock."""

    at: int
    kind: Kind
    body: bytes


class Track:
    """One party's file."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path = path
        self._file = SealedWriter(path, key)
        self._waiting = bytearray()
        self._since = 0
        self.to = ""  # the other party at whom it listens
        self.heard_at = 0

    def add(self, at: int, kind: Kind, body: bytes) -> None:
        self._waiting += _HEAD.pack(at, kind, len(body)) + body
        if len(self._waiting) >= FLUSH_BYTES or at - self._since >= FLUSH_US:
            self._since = at
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._file.write(bytes(self._waiting))
            self._waiting.clear()

    def close(self) -> None:
        self.flush()
        self._file.close()


class Dump:
    """A `Tap`: `ended` is given the files when not one packet more is heard. `now` gives µs."""

    def __init__(
        self, folder: Path, stretch: str, key: bytes, now: Callable[[], int], ended: Callable[[list[Path]], None]
    ) -> None:
        """`stretch` names this one among the call's recordings. Raises OSError when the folder can't be made."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._stretch = stretch
        self._key = key
        self._now = now
        self._ended = ended
        self._tracks: dict[str, Track] = {}

    def described(self, party: str, other: str, sdp: str) -> None:
        self._track(party).add(self._now(), Kind.SAID, sdp.encode()[:0xFFFF])

    def heard(self, party: str, other: str, packet: bytes, rtcp: bool) -> None:
        at, track = self._now(), self._track(party)
        if track.to != other:
            if track.to and at - track.heard_at < SWITCH_US:
                return  # it sends the same to both
            track.to = other
        track.heard_at = at
        track.add(at, Kind.REPORT if rtcp else Kind.PACKET, packet)

    def ended(self) -> None:
        for track in self._tracks.values():
            track.close()
        self._ended([track.path for track in self._tracks.values()])

    def _track(self, party: str) -> Track:
        track = self._tracks.get(party)
        if track is None:
            name = f"{self._stretch}-{party.replace(':', '-')}.dump"
            track = self._tracks[party] = Track(self._folder / name, self._key)
        return track


def records(path: Path, key: bytes) -> Iterator[Record]:
    """What was heard, in order. Raises OSError and sealed.Unreadable."""
    with SealedReader(path, key) as file:
        for chunk in file.chunks():
            place = 0
            while place + _HEAD.size <= len(chunk):
                at, kind, length = _HEAD.unpack_from(chunk, place)
                place += _HEAD.size
                yield Record(at, Kind(kind), chunk[place : place + length])
                place += length
