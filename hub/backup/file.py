"""The file of a backup: JSON lines, compressed, written beside its name and moved there when it is whole.

    {"k": "onethread", "format": 1, "schema", "shards", "at"}     first
    {"k": "agents", "accounts", "emails"}   {"k": "login", "login", "agent", "until"}
    {"k": "conversation", "id", "seq", "epoch", "tenure", "place", "snap"}   then its log, from seq 1 to `seq`:
    {"k": "log", "first", "entries": [[audience, frame], ...]}
    {"k": "shard", "shard", ...}            what a shard has beside its logs (taking.py: Cut), after its conversations
    {"k": "identity", "key", "conversation"}   {"k": "crm", "key", "conversation"}: an address, a CRM's own id
    {"k": "end", "lines", "sha256"}         last: of all bytes before it

A conversation that changed while the backup ran is there again, later and complete: the last one counts.
"""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast
from zlib import error as ZlibError

from hub.model.errors import OneThreadError

FORMAT = 1
LEVEL = 3  # compression: half the time of 6, a tenth more bytes
Line = dict[str, Any]


class BackupDamaged(OneThreadError):
    code = "backup_damaged"
    sentence = "This file is no whole backup."
    retry = False


class BackupTooNew(OneThreadError):
    code = "backup_too_new"
    sentence = "This backup was made by a newer OneThread."
    retry = False


class Writer:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sum = hashlib.sha256()
        self.lines = 0

    def write(self, k: str, **fields: Any) -> None:
        line = json.dumps({"k": k, **fields}, separators=(",", ":")).encode() + b"\n"
        self._sum.update(line)
        self._file.write(line)
        self.lines += 1

    def end(self) -> None:
        self.write("end", lines=self.lines, sha256=self._sum.hexdigest())


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """`path` appears when the block ended well, readable by this account only. Raises OSError."""
    part = path.with_name(path.name + ".part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=LEVEL) as packed:
                writer = Writer(cast("BinaryIO", packed))
                yield writer
                writer.end()
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def reading(path: Path) -> Iterator[Line]:
    """Its lines but the last, which is checked. Raises BackupDamaged at the latest after the last one, BackupTooNew,
    OSError. So do nothing for good before it has ended, or read it twice.
    """
    digest, lines = hashlib.sha256(), 0
    try:
        with gzip.open(path, "rb") as packed:
            for raw in packed:
                line = _parsed(raw, lines)
                if line["k"] == "end":
                    if (line["lines"], line["sha256"]) != (lines, digest.hexdigest()) or packed.read(1):
                        raise BackupDamaged("the checksum is wrong")
                    return
                digest.update(raw)
                lines += 1
                yield line
    except (gzip.BadGzipFile, EOFError, ZlibError) as problem:
        raise BackupDamaged(f"after line {lines}: {problem}") from problem
    raise BackupDamaged("its end is missing")


def _parsed(raw: bytes, lines: int) -> Line:
    try:
        line: Line = json.loads(raw)
        kind = line["k"]
    except (ValueError, KeyError, TypeError) as problem:
        raise BackupDamaged(f"line {lines + 1} can't be read") from problem
    if not lines and kind != "onethread":
        raise BackupDamaged("it does not begin as a backup does")
    if kind == "onethread" and line["format"] > FORMAT:
        raise BackupTooNew(f"format {line['format']}, this version knows {FORMAT}")
    return line


def text(raw: bytes | None) -> str:
    """Bytes of the store as a line holds them; whatever they are, `raw_of` gives them back."""
    return (raw or b"").decode("utf-8", "surrogateescape")


def raw_of(held: str) -> bytes:
    return held.encode("utf-8", "surrogateescape")
