"""Makes films: `python -m hub.calls.recording DUMP...`, the key on standard input; a line of JSON for each.

A process of its own, and a patient one: what it does would stall the calls of a media worker.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

from pydantic_core import to_json

from hub.calls.recording.making import film_of


def main(*dumps: str) -> int:
    with suppress(OSError):  # our own unit for systemd does not allow it
        os.nice(10)
    key, failed = sys.stdin.buffer.read(), 0
    for dump in dumps:
        try:
            kept = film_of(Path(dump), key)
        except Exception as problem:
            print(f"{Path(dump).name}: {type(problem).__name__}", file=sys.stderr)
            failed = 1
            continue
        if kept is not None:
            print(to_json(kept).decode(), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
