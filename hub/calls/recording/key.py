"""The key that recordings are sealed with: given, or made once and kept where only we can read it."""

import base64
import os
from contextlib import suppress
from pathlib import Path

from hub.calls.recording.sealed import KEY_BYTES, new_key
from hub.model.errors import StoreUnavailable


def the_key(given: str, file: Path) -> bytes:
    """`given` is base64. Several processes may make it at once: the first one's counts.

    Raises StoreUnavailable: it is no key, or the file can't be read or made.
    """
    if given:
        return _read(given, "ONETHREAD_RECORDING_KEY")
    try:
        if not file.exists():
            _make(file)
        return _read(file.read_text(), file.name)
    except OSError as problem:
        raise StoreUnavailable(f"{file.name} can't be read or made: {problem.strerror}") from problem


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}-{os.urandom(4).hex()}")
    fresh.touch(mode=0o600)
    fresh.write_text(base64.b64encode(new_key()).decode())
    with suppress(FileExistsError):
        os.link(fresh, file)
    fresh.unlink()


def _read(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreUnavailable(f"{name} must be {KEY_BYTES} bytes as base64")
    return key
