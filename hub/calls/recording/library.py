"""The folder of recordings: what is being heard, what waits to become a film, and the films, all of them sealed.

    CALL/STRETCH-PARTY.dump      is being written, or was left behind by a crash
    CALL/STRETCH-PARTY.filming   a process makes a film of it
    CALL/STRETCH-PARTY.film      WebM

`serve`, `media` and whoever makes films see the same folder: on several machines it is a shared one.
"""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from hub.calls.recording.sealed import SealedReader, Unreadable
from hub.model.errors import NotFound

_NAME = re.compile(r"^[A-Za-z0-9_.-]{1,120}$")
LEFT_S = 120.0  # a dump that nobody has touched for so long was left behind


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

    def left_behind(self) -> Iterator[Path]:
        """Dumps of processes that died, of those that made films of them, too."""
        before = time.time() - LEFT_S
        for path in sorted(self.folder.glob("*/*")):
            if path.suffix in (".dump", ".filming") and path.stat().st_mtime < before:
                yield path.rename(path.with_suffix(".dump"))

    def clear(self, before_s: float) -> int:
        """Delete the calls of which nothing was written since (epoch seconds); returns how many."""
        gone = 0
        for call in list(self.folder.glob("*/")):
            touched = [path.stat().st_mtime for path in call.iterdir()]
            if max([call.stat().st_mtime, *touched]) < before_s:
                shutil.rmtree(call, ignore_errors=True)  # another process may be at it, too
                gone += 1
        return gone
