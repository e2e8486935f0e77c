"""Files that only this hub can read: chunks under AES-256-GCM, appended while a call goes on, read from any place.

    "OTS1" salt(16) | length(4) ciphertext | length(4) ciphertext | ...

The file's key is derived from the hub's by the salt, so that a chunk's number may be its nonce. Chunks can't be
swapped, repeated or altered unseen; the last one of a crash may be torn, and what stands before it is good.
"""

import fcntl
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"OTS1"
SALT = 16
TAG = 16
CHUNK = 1 << 16
KEY_BYTES = 32
_LENGTH = struct.Struct("!I")
_HEAD = len(MAGIC) + SALT


class Unreadable(ValueError):
    """It is no sealed file, another hub's, or was tampered with."""


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, b"onethread recording").derive(key))


def _nonce(chunk: int) -> bytes:
    return chunk.to_bytes(12, "big")


class SealedWriter:
    """Each `write` is a chunk of its own; `pour` fills chunks of CHUNK bytes, as `SealedReader.read_at` needs them."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Locked while it is open. Raises OSError: it can't be made, or is there already."""
        salt = os.urandom(SALT)
        self._file: BinaryIO = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._cipher = _cipher(key, salt)
        self._chunk = 0
        self._file.write(MAGIC + salt)

    def write(self, plain: bytes) -> None:
        sealed = self._cipher.encrypt(_nonce(self._chunk), plain, None)
        self._chunk += 1
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)

    def pour(self, source: BinaryIO) -> int:
        """All of `source`; how many bytes that were."""
        total = 0
        while part := source.read(CHUNK):
            self.write(part)
            total += len(part)
        return total

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class SealedReader:
    """Raises OSError (not there) and Unreadable."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._file: BinaryIO = path.open("rb")
        head = self._file.read(_HEAD)
        if len(head) < _HEAD or not head.startswith(MAGIC):
            self._file.close()
            raise Unreadable("no sealed file")
        self._cipher = _cipher(key, head[len(MAGIC) :])
        self._bytes = os.fstat(self._file.fileno()).st_size

    def chunks(self) -> Iterator[bytes]:
        """What was written, in order; a torn end is left out."""
        self._file.seek(_HEAD)
        number = 0
        while len(head := self._file.read(_LENGTH.size)) == _LENGTH.size:
            (length,) = _LENGTH.unpack(head)
            sealed = self._file.read(length) if length <= CHUNK * 4 else b""
            if len(sealed) < length:
                return
            yield self._open(number, sealed)
            number += 1

    @property
    def size(self) -> int:
        """Of the plain text, in a file that was poured."""
        whole, rest = divmod(self._bytes - _HEAD, _LENGTH.size + CHUNK + TAG)
        return whole * CHUNK + max(0, rest - _LENGTH.size - TAG)

    def read_at(self, start: int, count: int) -> bytes:
        """Up to `count` bytes from `start`, in a file that was poured."""
        found = b""
        number, skip = divmod(start, CHUNK)
        while len(found) < count + skip:
            self._file.seek(_HEAD + number * (_LENGTH.size + CHUNK + TAG))
            head = self._file.read(_LENGTH.size)
            if len(head) < _LENGTH.size:
                break
            found += self._open(number, self._file.read(_LENGTH.unpack(head)[0]))
            number += 1
        return found[skip : skip + count]

    def _open(self, number: int, sealed: bytes) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(number), sealed, None)
        except InvalidTag:
            raise Unreadable(f"chunk {number} can't be read with this hub's key") from None

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
