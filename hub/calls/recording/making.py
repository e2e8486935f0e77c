"""A film beside its dump. Only the process that makes films needs this, and what it takes to make them."""

import io
import re
from pathlib import Path

import av

from hub.calls.recording.dump import records
from hub.calls.recording.film import make
from hub.calls.recording.kept import Kept
from hub.calls.recording.sealed import SealedWriter, Unreadable

_DUMP = re.compile(r"^(?P<stretch>[A-Za-z0-9]+)-(?P<party>customer|bot|(agent|guest)-.+)$")


def film_of(dump: Path, key: bytes) -> Kept | None:
    """Of a dump that is ours. It stays, unless nothing in it can be shown: None.

    Raises OSError. Raises sealed.Unreadable and av.FFmpegError: the dump is `.broken` from then on.
    """
    plain = io.BytesIO()  # never on a disk as it is
    try:
        film = make(records(dump, key), plain)
    except (Unreadable, av.FFmpegError):
        dump.rename(dump.with_suffix(".broken"))
        raise
    if film is None:
        dump.unlink()
        return None
    unfinished = dump.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    plain.seek(0)
    with SealedWriter(unfinished, key) as file:
        size = file.pour(plain)
    unfinished.rename(dump.with_suffix(".film"))
    return Kept(dump.parent.name, dump.stem, party_of(dump.stem), size, film)


def party_of(recording: str) -> str:
    """ "1-agent-li" is agent:li's, "1-guest-07" is guest:07's."""
    found = _DUMP.match(recording)
    return found["party"].replace("-", ":", 1) if found else "customer"
