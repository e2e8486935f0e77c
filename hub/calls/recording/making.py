"""A film in the place of a dump. Only the process that makes films needs this, and what it takes to make them."""

import io
import re
from pathlib import Path

from hub.calls.recording.dump import records
from hub.calls.recording.film import make
from hub.calls.recording.kept import Kept
from hub.calls.recording.sealed import SealedWriter

_DUMP = re.compile(r"^(?P<stretch>[A-Za-z0-9]+)-(?P<party>customer|bot|(agent|guest)-.+)$")


def film_of(dump: Path, key: bytes) -> Kept | None:
    """None: somebody else makes it, or nothing in it can be shown.

    Raises OSError, sealed.Unreadable, av.FFmpegError: the dump stays, as `.filming`.
    """
    filming, done = dump.with_suffix(".filming"), dump.with_suffix(".film")
    try:
        dump.rename(filming)
    except FileNotFoundError:
        return None
    plain = io.BytesIO()  # never on a disk as it is
    film = make(records(filming, key), plain)
    if film is not None:
        unfinished = done.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        plain.seek(0)
        with SealedWriter(unfinished, key) as file:
            file.pour(plain)
        unfinished.rename(done)
    filming.unlink()
    return Kept(dump.parent.name, dump.stem, party_of(dump.stem), plain.tell(), film) if film else None


def party_of(recording: str) -> str:
    """ "1-agent-li" is agent:li's, "1-guest-07" is guest:07's."""
    found = _DUMP.match(recording)
    return found["party"].replace("-", ":", 1) if found else "customer"
