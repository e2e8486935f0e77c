"""The folder of recordings: what is being heard, what waits to become a film, and the films, all of them sealed.

    CALL/STRETCH-PARTY.dump     locked by who writes it or makes a film of it; waits for one when nobody has the lock
    CALL/STRETCH-PARTY.film     WebM; told of when there is no dump beside it
    CALL/STRETCH-PARTY.broken   a dump that becomes no film: altered, or another key's

`serve`, `media` and whoever makes films see the same folder: on several machines it is a shared one, which must know
locks (flock). A lock goes with the process that has it, whatever ended that.
"""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.calls.recording.sealed import SealedReader, Unreadable
from hub.model.errors import NotFound

_NAME = re.compile(r"^[A-Za-z0-9_.-]{1,120}$")


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

    def dumps(self) -> list[Path]:
        """All of them, also those that somebody has."""
        return sorted(self.folder.glob("*/*.dump"))

    def dump(self, call: str, recording: str) -> Path:
        return self.folder / call / f"{recording}.dump"

    def clear(self, before_s: float) -> int:
        """Delete the calls of which nothing was written since (epoch seconds); returns how many."""
        gone = 0
        for call in list(self.folder.glob("*/")):
            touched = [path.stat().st_mtime for path in call.iterdir()]
            if max([call.stat().st_mtime, *touched]) < before_s:
                shutil.rmtree(call, ignore_errors=True)  # another process may be at it, too
                gone += 1
        return gone


@contextmanager
def claimed(dump: Path) -> Iterator[int | None]:
    """It is ours: a descriptor, and whoever inherits that holds on to it, too. None: somebody has it, or had it."""
    try:
        file = os.open(dump, os.O_RDONLY)
    except OSError:
        yield None
        return
    try:
        yield file if _locked(file) and _is_still(dump, file) else None
    finally:
        os.close(file)


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_still(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except OSError:
        return False  # whoever had the lock before is done with it
