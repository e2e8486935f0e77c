"""Reading conversations: the state (snapshot + the log's tail), and pages of the log, wherever they lie.

A conversation that nobody touched for long lies in the archive, whole. When it comes back, its hash is in Redis again
and its log goes on there; the entries up to `base` stay in the archive. Readers don't notice the border.
"""

import secrets
from dataclasses import replace
from typing import Any

from hub.model.codec import decode, restore, snapshot
from hub.model.conversation import Conversation, apply
from hub.model.dues import DEADLINES
from hub.model.events import Audience
from hub.store.archive import PAGE, Archive, Record, Stored
from hub.store.client import Client
from hub.store.keys import Keys
from hub.store.resp import Word

BACK_MS = 3_600_000  # what came back and was only looked at goes again after so long
COMMAND_IDS = 20  # the newest, by which one sent again after all that time is known


class Logs:
    """Every method raises StoreUnavailable when the store does not answer."""

    def __init__(self, client: Client, keys: Keys, archive: Archive | None = None) -> None:
        self._client = client
        self._keys = keys
        self._archive = archive

    async def load(self, conversation: str) -> Conversation:
        """The state now; from the archive it comes back for that. One that never was has seq 0 and a fresh epoch."""
        key = self._keys.conversation(conversation)
        seq, epoch, snap = await self._client.do("HMGET", key, "seq", "epoch", "snap")
        if seq is None and await self._bring_back(conversation):
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
        base, reply = await self._with_base(conversation, self._range(conversation, seq, "+", limit))
        here = [_stored(item) for item in reply]
        if self._archive is None or (base is not None and seq >= base):
            return here
        return [*await self._archive.after(conversation, seq, limit), *here][:limit]

    async def before(self, conversation: str, seq: int, limit: int) -> list[Stored]:
        """Up to `limit` entries just before `seq` (0 = from the newest), in order."""
        if seq == 1:
            return []
        start = f"{seq - 1}-0" if seq else "+"
        found = ("XREVRANGE", self._keys.log(conversation), start, "-", "COUNT", limit)
        base, reply = await self._with_base(conversation, found)
        here = [_stored(item) for item in reversed(reply)]
        if self._archive is None or base == 0 or len(here) == limit:
            return here
        border = min(seq or base + 1, base + 1) if base else seq
        return [*await self._archive.before(conversation, border, limit - len(here)), *here]

    async def _with_base(self, conversation: str, command: tuple[Word, ...]) -> tuple[int | None, list[Any]]:
        """A command's reply, and up to where the archive has the log; None: all of it, or there is no such log."""
        where = ("HMGET", self._keys.conversation(conversation), "seq", "base")
        (seq, base), reply = await self._client.several([where, command])
        return (None if seq is None else int(base or 0)), reply

    async def position(self, conversation: str) -> tuple[str, int]:
        """(epoch, seq); ("", 0) for one that never was."""
        seq, epoch = await self._client.do("HMGET", self._keys.conversation(conversation), "seq", "epoch")
        if seq is None and self._archive and (fields := await self._archive.fields(conversation)):
            return fields["epoch"], int(fields["seq"])
        return (epoch.decode(), int(seq)) if seq is not None else ("", 0)

    async def begin_again(self, conversation: str, epoch: str) -> None:
        """The store has lost the end of a log: `epoch` is over, so whoever knows more is told `reset`."""
        key = self._keys.conversation(conversation)
        await self._client.run("begin_again", key, epoch, secrets.token_hex(8))

    # --- the archive --------------------------------------------------------------------------------------

    async def put_away(self, its: list[Conversation]) -> None:
        """Out of Redis, into the archive: first there, then gone here. What something happens in meanwhile stays."""
        if self._archive is None or not its:
            return
        held = await self._client.several([("HGETALL", self._keys.conversation(it.id)) for it in its])
        kept = [_remembered({n.decode(): v.decode() for n, v in fields.items()}) for fields in held]
        tails = await self._tails([(it.id, _base(fields), it.seq) for it, fields in zip(its, kept, strict=True)])
        records = [_record(*parts) for parts in zip(its, kept, tails, strict=True)]
        await self._archive.put(records)
        await self._forget(records)

    async def _tails(self, wanted: list[tuple[str, int, int]]) -> list[list[Stored]]:
        """Of each (conversation, seq, upto): the entries after `seq`, up to `upto`."""
        tails: list[list[Stored]] = [[] for _ in wanted]
        left = list(range(len(wanted)))
        while left:
            starts = {n: tails[n][-1].seq if tails[n] else wanted[n][1] for n in left}
            asked = [self._range(wanted[n][0], starts[n], str(wanted[n][2]), PAGE) for n in left]
            for n, reply in zip(left, await self._client.several([*asked]), strict=True):
                tails[n] += [_stored(item) for item in reply]
            left = [n for n in left if tails[n] and starts[n] < tails[n][-1].seq < wanted[n][2]]
        return tails

    async def _forget(self, records: list[Record]) -> None:
        """The archive has them: they go here, unless something happened in one since."""
        asked = [(self._keys.conversation(r.conversation), self._keys.of(r.conversation), r) for r in records]
        calls = [(key, prefix, r.conversation, r.seq, *DEADLINES) for key, prefix, r in asked]
        gone = await self._client.run_several("put_away", [*calls])
        left = [record for record, went in zip(records, gone, strict=True) if went]
        known = [(self._keys.identity(i), record.conversation) for record in left for i in record.identities]
        await self._client.run_several("release", [*known])

    def _range(self, conversation: str, seq: int, upto: str, limit: int) -> tuple[Word, ...]:
        """The command for up to `limit` entries after `seq`."""
        return ("XRANGE", self._keys.log(conversation), f"{seq + 1}-0", upto, "COUNT", limit)

    async def _bring_back(self, conversation: str) -> bool:
        fields = await self._archive.fields(conversation) if self._archive else None
        if fields is None:
            return False
        key, words = self._keys.conversation(conversation), [word for pair in fields.items() for word in pair]
        await self._client.run("bring_back", key, self._keys.of(conversation), conversation, BACK_MS, *words)
        return True


def _record(it: Conversation, fields: dict[str, str], entries: list[Stored]) -> Record:
    base = _base(fields)
    fields = fields | {"seq": str(it.seq), "snap": snapshot(it).decode(), "base": str(it.seq)}
    return Record(it.id, it.seq, base, fields, entries, [identity.key for identity in it.who.identities])


def _base(fields: dict[str, str]) -> int:
    """Up to which seq the archive has the log already."""
    return int(fields.get("base", 0))


def _remembered(fields: dict[str, str]) -> dict[str, str]:
    """A conversation's hash with the newest command ids only. Somebody who is away for a month and back, year after
    year, would drag along those of all they ever said.
    """
    refs = sorted((name for name in fields if name.startswith("r:")), key=lambda ref: int(fields[ref]))
    forgotten = set(refs[:-COMMAND_IDS])
    return {name: value for name, value in fields.items() if name not in forgotten}


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
