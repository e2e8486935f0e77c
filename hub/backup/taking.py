"""A backup of a living store. The hub goes on meanwhile, and yet each shard is as it was at one moment, its cut.

Logs only grow, so they are read at leisure; what was committed in between is known from the shard's feed, and those
conversations are read again. When few are left, one script tells everything else of the shard at once: that is the
cut. No job is there whose event is not, and none is missing.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hub.backup.file import FORMAT, Writer, text
from hub.model.errors import StoreUnavailable
from hub.store.feeds import read_head
from hub.store.schema import SCHEMA
from hub.store.store import Store

HEAD = ("seq", "epoch", "tenure", "place", "snap")
AT_ONCE = 200  # heads in one round trip
LOOK_AT = 500  # keys in one step of a scan
FEW = 50  # conversations that may be left for the script of the cut
ROUNDS = 5


@dataclass
class Taken:
    """How much there was. A conversation that was read again counts once more."""

    conversations: int = 0
    entries: int = 0
    identities: int = 0
    agents: int = 0
    jobs: int = 0


class Taking:
    def __init__(self, store: Store, writer: Writer, now: Callable[[], int]) -> None:
        self._store = store
        self._client = store.client
        self._keys = store.keys
        self._writer = writer
        self._now = now
        self.taken = Taken()

    async def run(self) -> Taken:
        """Raises StoreUnavailable: then there is no backup."""
        self._writer.write("onethread", format=FORMAT, schema=SCHEMA, shards=self._keys.shards, at=self._now())
        agents = await self._agents()
        places = ["bot", "queue", "resolved", *(f"agent:{agent}" for agent in agents)]
        for shard in range(self._keys.shards):
            await self._shard(shard, places)
        # An address is bound before its conversation has a first entry: read later, none of those here is missing.
        for shard in range(self._keys.shards):
            self.taken.identities += await self._bound(shard, "identity", "identity:")
            await self._bound(shard, "crm", "crm-who:")
        return self.taken

    # --- who works here -----------------------------------------------------------------------------------

    async def _agents(self) -> list[str]:
        accounts = await self._client.do("HGETALL", self._keys.everywhere("agents"))
        emails = await self._client.do("HGETALL", self._keys.everywhere("agents:email"))
        self._writer.write("agents", accounts=_texts(accounts), emails=_texts(emails))
        ids = [text(agent) for agent in accounts]
        for agent in ids:
            await self._logins(agent)
        self.taken.agents = len(ids)
        return ids

    async def _logins(self, agent: str) -> None:
        for raw in await self._client.do("SMEMBERS", self._keys.everywhere(f"logins:{agent}")):
            left = await self._client.do("PTTL", self._keys.everywhere(f"login:{text(raw)}"))
            if left > 0:
                self._writer.write("login", login=text(raw), agent=agent, until=self._now() + left)

    # --- one shard ----------------------------------------------------------------------------------------

    async def _shard(self, shard: int, places: Sequence[str]) -> None:
        at = (await self._store.feeds.tips([shard]))[shard]
        touched = set[str]()
        async for conversations in self._scan(shard, "c:"):
            await self._several(conversations)
            at = await self._changed(shard, at, touched)
        for _ in range(ROUNDS):
            again, touched = sorted(touched), set()
            await self._several(again)
            at = await self._changed(shard, at, touched)
            if len(touched) <= FEW:
                break
        await self._cut(shard, at, touched, places)

    async def _several(self, conversations: Sequence[str]) -> None:
        for start in range(0, len(conversations), AT_ONCE):
            part = conversations[start : start + AT_ONCE]
            heads = await self._client.several([("HMGET", self._keys.conversation(c), *HEAD) for c in part])
            for conversation, head in zip(part, heads, strict=True):
                await self._conversation(conversation, head)

    async def _conversation(self, conversation: str, head: Sequence[bytes | None]) -> None:
        """Its head, and its log up to the seq that the head names: more may have come since."""
        if head[0] is None:
            return  # it left for the archive, or was asked about and never began
        seq = int(head[0])
        fields = dict(zip(HEAD[1:], map(text, head[1:]), strict=True))
        self._writer.write("conversation", id=conversation, seq=seq, **fields)
        self.taken.conversations += 1
        at = 0
        while at < seq:
            page = [e for e in await self._store.logs.after(conversation, at) if e.seq <= seq]
            if not page:
                raise StoreUnavailable(f"the log of {conversation} ends at {at} and not at {seq}")
            entries = [(str(e.audience), text(e.frame)) for e in page]
            self._writer.write("log", first=page[0].seq, entries=entries)
            self.taken.entries += len(page)
            at = page[-1].seq

    async def _changed(self, shard: int, at: str, touched: set[str]) -> str:
        """Note whose conversation changed since `at`; returns where the feed stands."""
        key = self._keys.feed(shard)
        while page := await self._client.do("XRANGE", key, f"({at}", "+", "COUNT", LOOK_AT):
            touched.update(read_head(fields[0])[0] for _, fields in page)
            at = text(page[-1][0])
        return at

    # --- the cut ------------------------------------------------------------------------------------------

    async def _cut(self, shard: int, at: str, left: set[str], places: Sequence[str]) -> None:
        # Who is left changed before `at`, and is read again by itself; who changes now, the script tells.
        await self._several(sorted(left))
        reply = await self._client.run("cut", self._keys.feed(shard), self._keys.shard(shard), at, *places)
        todo, reacted, heads, lanes, dead, jobs, placed, due = reply
        for conversation, head in _pairs(heads):
            await self._conversation(text(conversation), head)
        self._writer.write(
            "shard",
            shard=shard,
            reacted=text(reacted),
            pending=[(text(place), *read_head(head)[:2]) for place, head in _pairs(todo)],
            lanes={text(lane): [text(job) for job in ids] for lane, ids in _pairs(lanes)},
            dead=[text(job) for job in dead],
            jobs={text(job): {text(n): text(v) for n, v in _pairs(fields)} for job, fields in _pairs(jobs) if fields},
            places={text(place): _scores(members) for place, members in _pairs(placed) if members},
            due=_scores(due),
        )
        self.taken.jobs += len(jobs) // 2

    # --- finding keys -------------------------------------------------------------------------------------

    async def _bound(self, shard: int, line: str, prefix: str) -> int:
        """What leads to a conversation: addresses of people, and the ids that CRMs have of them. How many."""
        count = 0
        async for keys in self._scan(shard, prefix):
            found = await self._client.several([("GET", f"{self._keys.shard(shard)}{prefix}{key}") for key in keys])
            for key, conversation in zip(keys, found, strict=True):
                if conversation is not None:
                    self._writer.write(line, key=key, conversation=text(conversation))
                    count += 1
        return count

    def _scan(self, shard: int, kind: str) -> AsyncIterator[list[str]]:
        return scan(self._store, shard, kind)


async def scan(store: Store, shard: int, kind: str) -> AsyncIterator[list[str]]:
    """What follows `kind` in the names of a shard's keys; some may come twice. Raises StoreUnavailable."""
    prefix = store.keys.shard(shard) + kind
    pattern = "".join(f"\\{sign}" if sign in "*?[]\\^" else sign for sign in prefix) + "*"
    cursor, server = b"0", b""
    while True:
        cursor, keys, here = await store.client.run("scan", store.keys.feed(shard), cursor, pattern, LOOK_AT)
        if server not in (b"", here):
            raise StoreUnavailable("another server took over meanwhile: take the backup again")
        server = here
        yield [text(key).removeprefix(prefix) for key in keys]
        if cursor == b"0":
            return


def _pairs(flat: Sequence[Any]) -> list[tuple[Any, Any]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _scores(flat: Sequence[bytes]) -> dict[str, int]:
    return {text(member): int(float(score)) for member, score in _pairs(flat)}


def _texts(held: dict[bytes, bytes]) -> dict[str, str]:
    return {text(name): text(value) for name, value in held.items()}
