"""A backup into an empty store. State, indexes and command ids come from the logs, so nothing can disagree with them.

Each conversation gets a new epoch: whoever knows more of it than the backup is told `reset` and takes what there is.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from hub.backup.file import BackupDamaged, Line, raw_of, reading
from hub.backup.folding import Folded
from hub.backup.taking import scan
from hub.backup.verifying import Verified, verify
from hub.model.codec import decode, snapshot
from hub.model.conversation import Conversation, place, waits_from
from hub.model.dues import DEADLINES, Policy, dues
from hub.model.errors import OneThreadError
from hub.model.ids import shard_of
from hub.services.round import ref_of
from hub.store.feeds import head_of
from hub.store.resp import Word
from hub.store.schema import RESTORING, SCHEMA, StoreTooNew
from hub.store.store import Store, WrongShards

Command = tuple[Word, ...]
T = TypeVar("T")
AT_ONCE = 500
RESOLVED = 1_000  # how many the index of what is resolved keeps (commit.lua)


class StoreNotEmpty(OneThreadError):
    code = "store_not_empty"
    sentence = "A restore needs an empty store; nothing was changed."
    retry = False


class HubRunning(OneThreadError):
    code = "hub_running"
    sentence = "A hub works in this store. Stop it first; nothing was changed."
    retry = False


class Restoring:
    def __init__(self, store: Store, policy: Policy, now: Callable[[], int]) -> None:
        self._store = store
        self._client = store.client
        self._keys = store.keys
        self._policy = policy
        self._now = now

    async def run(self, path: Path, *, anyway: bool = False) -> Verified:
        """Raises StoreNotEmpty, HubRunning, WrongShards, StoreTooNew, BackupDamaged, BackupTooNew, StoreUnavailable,
        OSError. Cut off in the middle, it may be run again; no hub starts in that store before. `anyway`: take also
        a backup whose logs have gaps.
        """
        found = verify(path)
        if found.problems and not anyway:
            raise BackupDamaged("; ".join(found.problems[:3]))
        await self._may(path)
        await self._client.do("SET", self._keys.everywhere("schema"), RESTORING)
        await self._all(path)
        await self._client.do("SET", self._keys.everywhere("life"), secrets.token_hex(8))
        await self._client.do("SET", self._keys.everywhere("schema"), SCHEMA)
        return found

    async def _may(self, path: Path) -> None:
        head = next(reading(path))
        if head["shards"] != self._keys.shards:
            raise WrongShards(f"the backup has {head['shards']} shards, this hub {self._keys.shards}")
        if head["schema"] > SCHEMA:
            raise StoreTooNew(f"the backup has schema {head['schema']}, this version knows {SCHEMA}")
        if await self._client.do("ZCOUNT", self._keys.everywhere("workers"), self._now(), "+inf"):
            raise HubRunning
        if await self._client.do("GET", self._keys.everywhere("schema")) == RESTORING:
            return  # ours, cut off: what it wrote is written again
        if await self._client.do("EXISTS", self._keys.everywhere("agents")):
            raise StoreNotEmpty("there are agents in it")
        for shard in range(self._keys.shards):
            async for keys in scan(self._store, shard, ""):
                if keys:
                    raise StoreNotEmpty(f"shard {shard} has {keys[0].partition(':')[0]}")

    async def _all(self, path: Path) -> None:
        held: _Log | None = None
        for line in reading(path):
            if line["k"] == "log" and held is not None:
                await held.entries(line)
                continue
            if held is not None:
                await held.end(self._policy)
            held = _Log(self._store, line) if line["k"] == "conversation" else None
            if held is not None:
                await held.begin()
            else:
                await self._other(line)

    async def _other(self, line: Line) -> None:
        match line["k"]:
            case "agents":
                await self._agents(line)
            case "login":
                await self._login(line)
            case "shard":
                await self._shard(line)
            case "identity":
                await self._bound(line, "identity:")
            case "crm":
                await self._bound(line, "crm-who:")

    async def _bound(self, line: Line, prefix: str) -> None:
        key = f"{self._keys.of(line['key'])}{prefix}{line['key']}"
        await self._client.do("SET", key, line["conversation"])

    async def _agents(self, line: Line) -> None:
        for name, held in (("agents", line["accounts"]), ("agents:email", line["emails"])):
            if held:
                words = [raw_of(word) for pair in held.items() for word in pair]
                await self._client.do("HSET", self._keys.everywhere(name), *words)

    async def _login(self, line: Line) -> None:
        left_ms = line["until"] - self._now()
        if left_ms > 0:
            await self._client.do("SET", self._keys.everywhere(f"login:{line['login']}"), line["agent"], "PX", left_ms)
            await self._client.do("SADD", self._keys.everywhere(f"logins:{line['agent']}"), line["login"])

    # --- what a shard has beside its logs -----------------------------------------------------------------

    async def _shard(self, cut: Line) -> None:
        shard = int(cut["shard"])
        prefix, outbox = self._keys.shard(shard), self._keys.outbox(shard)
        lists = {f"{prefix}lane:{lane}": ids for lane, ids in cut["lanes"].items()} | {f"{prefix}dead": cut["dead"]}
        todo: list[Command] = [("DEL", self._keys.feed(shard), self._keys.todo(shard), *lists)]
        todo.append(("ZREMRANGEBYRANK", f"{prefix}place:resolved", RESOLVED, -1))
        for job, fields in cut["jobs"].items():
            todo.append(("HSET", f"{prefix}job:{job}", *(raw_of(word) for pair in fields.items() for word in pair)))
        for key, ids in lists.items():
            todo += [("RPUSH", key, *part) for part in _parts(ids)]
        todo += [("ZADD", outbox, 0, lane) for lane in cut["lanes"]]
        await self._several(todo)
        await self._todo(shard, cut)

    async def _todo(self, shard: int, cut: Line) -> None:
        """What the reactions had still to look at: they find it where they left off."""
        todo: list[Command] = []
        for at, conversation, seq in cut["pending"]:
            todo.append(await self._entry(shard, at, conversation, seq))
        todo.append(("SET", f"{self._keys.shard(shard)}reacted", cut["reacted"]))
        await self._several(todo)

    async def _entry(self, shard: int, at: str, conversation: str, seq: int) -> Command:
        [entry] = await self._store.logs.after(conversation, seq - 1, 1)
        return ("XADD", self._keys.todo(shard), at, head_of(conversation, seq, str(entry.audience)), entry.frame)

    async def _several(self, todo: Sequence[Command]) -> None:
        for part in _parts(todo):
            await self._client.several(list(part))


class _Log:
    """One conversation on its way in. Its head comes last: until then nobody could see it."""

    def __init__(self, store: Store, head: Line) -> None:
        self._client = store.client
        self._keys = store.keys
        self._folded = Folded(head)
        self._key = store.keys.conversation(self._folded.id)
        self._prefix = store.keys.of(self._folded.id)
        self._shard = shard_of(self._folded.id, store.keys.shards)

    async def begin(self) -> None:
        """Take away what an earlier reading of it, or an earlier try, has left."""
        conversation = self._folded.id
        held = await self._client.do("HGET", self._key, "place")
        todo: list[Command] = [("DEL", self._key, self._keys.log(conversation))]
        if held:
            todo.append(("ZREM", f"{self._prefix}place:{held.decode()}", conversation))
            todo += [("ZREM", self._keys.due(self._shard, kind), f"{kind}:{conversation}") for kind in DEADLINES]
        await self._client.several(todo)

    async def entries(self, line: Line) -> None:
        todo: list[Command] = []
        refs: dict[str, int] = {}
        for seq, audience, frame in self._folded.entries(line):
            todo.append(("XADD", self._keys.log(self._folded.id), f"{seq}-0", "a", audience, "e", frame))
            if (ref := _ref(frame)) is not None:
                refs[ref] = seq  # a command's answer is the seq of its last event
        if refs:
            todo.append(("HSET", self._key, *(word for ref, seq in refs.items() for word in (f"r:{ref}", seq))))
        await self._client.several(todo)

    async def end(self, policy: Policy) -> None:
        self._folded.end()
        it = replace(self._folded.it, epoch=secrets.token_hex(8))
        head = {"seq": it.seq, "epoch": it.epoch, "tenure": it.desk.tenure, "place": place(it), "snap": snapshot(it)}
        words: list[Word] = [word for pair in head.items() for word in pair]  # type: ignore[misc]
        todo: list[Command] = [("HSET", self._key, *words)]
        await self._client.several([*todo, *self._indexes(it, policy)])

    def _indexes(self, it: Conversation, policy: Policy) -> list[Command]:
        todo: list[Command] = []
        if place(it):
            todo.append(("ZADD", f"{self._prefix}place:{place(it)}", waits_from(it), it.id))
        for kind, at in dues(it, policy).items():
            todo.append(("ZADD", self._keys.due(self._shard, kind), at, f"{kind}:{it.id}"))
        return todo


def _ref(frame: bytes) -> str | None:
    """What the store knew the command by; None when the entry can't be read."""
    try:
        entry = decode(frame)
    except ValueError:
        return None
    return ref_of(entry.by, entry.id)


def _parts(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE)]
