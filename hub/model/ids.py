"""Ids: ULIDs (time and chance are arguments), ids derived from their cause, and a customer's shard."""

import hashlib
import zlib

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(at_ms: int, chance: bytes) -> str:
    """A ULID of `at_ms` (epoch ms) and 10 bytes of `chance`."""
    number = at_ms << 80 | int.from_bytes(chance[:10], "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def derived(*cause: str) -> str:
    """An id that follows from its cause: the same cause, the same id, so the effect happens once. ULID-shaped."""
    digest = hashlib.blake2b("\x1f".join(cause).encode(), digest_size=16).digest()
    return ulid(int.from_bytes(digest[:6], "big"), digest[6:])


def shard_of(key: str, shards: int) -> int:
    """The shard that holds `key` (a customer's id, an identity). crc32: stable across processes and versions."""
    return zlib.crc32(key.encode()) % shards
