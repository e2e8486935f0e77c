"""What clients did and saw, one JSON line each, in the order in which it happened.

client   who, staff                      a client, and whether it may see what is for staff
invoke   who, conversation, id           a message is sent for the first time
ok       who, id, seq, dup?              acked
fail     who, id, code                   refused for good: it must not be in the log
unknown  who, id                         no answer until the end: it may or may not be in the log
saw      who, conversation, seq, id, type   an event was shown
reset    who, conversation               the log's life changed: the view starts afresh
skip     who, conversation, seq          too much was missed: what is before `seq` is paged in when it is wanted
end      who, conversation, seq          where a client stood, live, when all was over
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

Record = dict[str, Any]


class History:
    """Every record gets `at`, in seconds of a clock that never jumps."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = path.open("wb", buffering=1 << 18)

    def note(self, what: str, who: str, **more: Any) -> None:
        self._lines.write(orjson.dumps({"at": round(time.monotonic(), 6), "what": what, "who": who, **more}) + b"\n")

    def close(self) -> None:
        self._lines.close()


def read(path: Path) -> Iterator[Record]:
    with path.open("rb") as lines:
        yield from map(orjson.loads, lines)
