"""The folder of recordings: what is being heard, what waits to become a film, and the films, all of them sealed.

    CALL/STRETCH-PARTY.dump      is being written, or was left behind by a crash
    CALL/STRETCH-PARTY.filming   a process makes a film of it
    CALL/STRETCH-PARTY.film      WebM

`serve`, `media` and whoever makes films see the same folder: on several machines it is a shared one.
"""

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

from hub.calls.recording.dump import records
from hub.calls.recording.film import Film, make
from hub.calls.recording.sealed import SealedReader, SealedWriter, Unreadable
from hub.model.errors import NotFound
from hub.model.frozen import frozen

_NAME = re.compile(r"^[A-Za-z0-9_.-]{1,120}$")
_DUMP = re.compile(r"^(?P<stretch>[A-Za-z0-9]+)-(?P<party>customer|agent-.+)$")
LEFT_S = 120.0  # a dump that nobody has touched for so long was left behind


@frozen
class Kept:
    """A film of the call `call`. `began` is in µs on the media worker's clock."""

    call: str
    recording: str
    party: str
    bytes: int
    film: Film


class Library:
    def __init__(self, folder: Path, key: bytes) -> None:
        self.folder = folder
        self.key = key

    def film(self, call: str, recording: str) -> SealedReader:
        """Port `Recordings`. Raises NotFound; also for names that lead elsewhere."""
        if not _NAME.match(call) or not _NAME.match(recording) or call.startswith("."):
            raise NotFound("no such recording")
        try:
            return SealedReader(self.folder / call / f"{recording}.film", self.key)
        except (OSError, Unreadable):
            raise NotFound("no such recording") from None

    def make(self, dump: Path) -> Kept | None:
        """A film of it, in place of the dump. None: somebody else does, or nothing in it can be shown.

        Raises OSError, Unreadable, av.FFmpegError: the dump stays, as `.filming`.
        """
        filming, done = dump.with_suffix(".filming"), dump.with_suffix(".film")
        try:
            dump.rename(filming)
        except FileNotFoundError:
            return None
        plain = io.BytesIO()  # never on a disk as it is
        film = make(records(filming, self.key), plain)
        if film is not None:
            unfinished = done.with_suffix(".part")
            unfinished.unlink(missing_ok=True)
            plain.seek(0)
            with SealedWriter(unfinished, self.key) as file:
                file.pour(plain)
            unfinished.rename(done)
        filming.unlink()
        return Kept(dump.parent.name, dump.stem, party_of(dump.stem), plain.tell(), film) if film else None

    def left_behind(self) -> Iterator[Path]:
        """Dumps of processes that died."""
        before = time.time() - LEFT_S
        for path in self.folder.glob("*/*.dump"):
            if path.stat().st_mtime < before:
                yield path


def party_of(recording: str) -> str:
    """ "1-agent-li" is agent:li's."""
    found = _DUMP.match(recording)
    return found["party"].replace("agent-", "agent:", 1) if found else "customer"
