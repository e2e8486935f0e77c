"""Reading conversations: the state (snapshot + the log's tail), and pages of the log."""

import secrets
from dataclasses import replace

from hub.model.codec import decode, restore
from hub.model.conversation import Conversation, apply
from hub.model.events import Audience
from hub.model.frozen import frozen
from hub.store.client import Client
from hub.store.keys import Keys


@frozen
class Stored:
    """One log entry as it lies in the store: its place, who may see it, and the frame that clients get."""

    seq: int
    audience: Audience
    frame: bytes


class Logs:
    """Every method raises StoreUnavailable when the store does not answer."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def load(self, conversation: str) -> Conversation:
        """The state now. One that never was comes back with seq 0 and a fresh epoch."""
        key = self._keys.conversation(conversation)
        seq, epoch, snap = await self._client.do("HMGET", key, "seq", "epoch", "snap")
        if seq is None:
            return Conversation(conversation, epoch=secrets.token_hex(8))
        # The epoch of the hash is the truth: a restore from backup changes it there.
        it = replace(_restored(snap) or Conversation(conversation), epoch=epoch.decode())
        while it.seq < int(seq):
            entries = await self.after(conversation, it.seq)
            if not entries:
                break
            for entry in entries:
                it = with_entry(it, entry.seq, entry.frame)
        return it

    async def load_several(self, conversations: list[str]) -> list[Conversation]:
        """States of many, in one round trip where snapshots are current; those that never were are left out."""
        asked = [("HMGET", self._keys.conversation(c), "seq", "epoch", "snap") for c in conversations]
        found: list[Conversation] = []
        for conversation, (seq, epoch, snap) in zip(conversations, await self._client.several([*asked]), strict=True):
            if seq is None:
                continue
            it = _restored(snap)
            current = it is not None and it.seq == int(seq)
            found.append(replace(it, epoch=epoch.decode()) if it and current else await self.load(conversation))
        return found

    async def after(self, conversation: str, seq: int, limit: int = 500) -> list[Stored]:
        """Up to `limit` entries that follow `seq`, in order."""
        reply = await self._client.do("XRANGE", self._keys.log(conversation), f"{seq + 1}-0", "+", "COUNT", limit)
        return [_stored(item) for item in reply]

    async def before(self, conversation: str, seq: int, limit: int) -> list[Stored]:
        """Up to `limit` entries just before `seq` (0 = from the newest), in order."""
        start = f"{seq - 1}-0" if seq else "+"
        if seq == 1:
            return []
        reply = await self._client.do("XREVRANGE", self._keys.log(conversation), start, "-", "COUNT", limit)
        return [_stored(item) for item in reversed(reply)]

    async def position(self, conversation: str) -> tuple[str, int]:
        """(epoch, seq); ("", 0) for one that never was."""
        seq, epoch = await self._client.do("HMGET", self._keys.conversation(conversation), "seq", "epoch")
        return (epoch.decode(), int(seq)) if seq is not None else ("", 0)


def with_entry(it: Conversation, seq: int, frame: bytes) -> Conversation:
    """`it` after the log entry `seq`. One that can't be read keeps its place: a bad entry never stops a log."""
    try:
        return apply(it, decode(frame))
    except ValueError:
        return replace(it, seq=seq)


def _restored(snap: bytes | None) -> Conversation | None:
    """None when there is no snapshot, or one of another version: the log tells it all again."""
    try:
        return restore(snap) if snap else None
    except ValueError:
        return None


def _stored(item: tuple[bytes, list[bytes]]) -> Stored:
    place, (_, audience, _, frame) = item
    return Stored(int(place.partition(b"-")[0]), Audience(audience.decode()), frame)
