"""What is to leave the hub: claimed with a lease, in order per lane, retried, and at last put aside for a person."""

from typing import Any

from pydantic_core import from_json

from hub.model.frozen import frozen
from hub.store.client import Client
from hub.store.keys import Keys

LEASE_MS = 60_000
TRIES = 5
LONGEST_PAUSE_MS = 60_000


@frozen
class Claimed:
    """A job in hand. `tries` counts this one, `round` how often it was replayed, `decided` is what an earlier try said
    of it (decide). `kind` and `payload` as in hub/model/effects.py.
    """

    shard: int
    lane: str
    id: str
    kind: str
    conversation: str
    payload: dict[str, Any]
    tries: int
    round: int = 0
    decided: str = ""

    @property
    def effect(self) -> str:
        return effect_of(self.id, self.payload)


@frozen
class Dead:
    """A job that was put aside at `at` (epoch ms) after `tries`; `why` is what went wrong the last time."""

    shard: int
    lane: str
    id: str
    kind: str
    conversation: str
    payload: dict[str, Any]
    tries: int
    at: int
    why: str

    @property
    def effect(self) -> str:
        return effect_of(self.id, self.payload)


@frozen
class Waiting:
    """A job that has not left yet."""

    kind: str
    payload: dict[str, Any]


def effect_of(job: str, payload: dict[str, Any]) -> str:
    """By which id the conversation's log knows a job: the request's; else the entry's, in which its own id ends."""
    return str(payload.get("effect") or job.rpartition(":")[2])


class Outbox:
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    async def due(self, shards: list[int], now_ms: int) -> list[int]:
        """Those of `shards` with something to carry now."""
        counts = await self._client.several([("ZCOUNT", self._keys.outbox(s), "-inf", now_ms) for s in shards])
        return [shard for shard, count in zip(shards, counts, strict=True) if count]

    async def claim(self, shard: int, now_ms: int, limit: int = 16) -> list[Claimed]:
        key, prefix = self._keys.outbox(shard), self._keys.shard(shard)
        flat = await self._client.run("claim", key, prefix, now_ms, limit, LEASE_MS)
        rows = zip(*(flat[n::6] for n in range(6)), strict=True)
        return [_claimed(shard, *row) for row in rows]

    async def decide(self, job: Claimed, how: str) -> None:
        """Every later try of this job is to be carried out as this one: it may have its effect at any moment now."""
        await self._client.do("HSET", f"{self._keys.shard(job.shard)}job:{job.id}", "decided", how)

    async def done(self, job: Claimed) -> None:
        await self._settle(job, "done", 0, "", 0)

    async def failed(self, job: Claimed, why: str, now_ms: int, *, tries: int = TRIES, after_ms: int = 0) -> bool:
        """Try again after 1, 2, 4, 8 ... s, a minute at most, and not before `after_ms`; after so many tries put it
        aside. True when it was put aside.
        """
        dead = job.tries >= tries
        pause = max(after_ms, min(LONGEST_PAUSE_MS, 1_000 * 2 ** min(job.tries - 1, 10)))
        await self._settle(job, "dead" if dead else "retry", 0 if dead else now_ms + pause, why[:300], now_ms)
        return dead

    async def _settle(self, job: Claimed, how: str, at_ms: int, why: str, now_ms: int) -> None:
        key, prefix = self._keys.outbox(job.shard), self._keys.shard(job.shard)
        await self._client.run("settle", key, prefix, job.lane, job.id, how, at_ms, why, now_ms)

    async def waiting(self) -> int:
        """Lanes with something to send."""
        return sum(await self._client.several([("ZCARD", self._keys.outbox(s)) for s in range(self._keys.shards)]))

    async def backlog(self, lanes: int = 500, each: int = 100) -> list[Waiting]:
        """Jobs that wait, of so many lanes of a shard and so many of each: a longer backlog is counted up to there."""
        found: list[Waiting] = []
        for shard in range(self._keys.shards):
            prefix = self._keys.shard(shard)
            heads = await self._client.do("ZRANGE", self._keys.outbox(shard), 0, lanes - 1)
            queues = await self._client.several(
                [("LRANGE", f"{prefix}lane:{lane.decode()}", 0, each - 1) for lane in heads]
            )
            ids = [i.decode() for queue in queues for i in queue]
            jobs = await self._client.several([("HGET", f"{prefix}job:{i}", "job") for i in ids])
            found += [Waiting(body["kind"], body["payload"]) for body in map(from_json, filter(None, jobs))]
        return found

    async def dead(self, shard: int) -> list[Dead]:
        """Jobs put aside, in the order in which that happened."""
        prefix = self._keys.shard(shard)
        ids = [i.decode() for i in await self._client.do("LRANGE", self._keys.dead(shard), 0, -1)]
        fields = ("lane", "job", "tries", "at", "why")
        rows = await self._client.several([("HMGET", f"{prefix}job:{i}", *fields) for i in ids])
        return [_dead(shard, i, *row) for i, row in zip(ids, rows, strict=True) if row[1]]

    async def every_dead(self) -> list[Dead]:
        """Of all shards; those of one lane in the order of that lane."""
        return [dead for shard in range(self._keys.shards) for dead in await self.dead(shard)]

    async def replay(self, shard: int, job: str) -> bool:
        """Queue a dead job again, with all its tries, behind what its lane still has to carry.

        False when there is no such dead job.
        """
        return bool(await self._client.run("replay", self._keys.outbox(shard), self._keys.shard(shard), job))

    async def drop(self, shard: int, job: str) -> bool:
        """Forget a dead job for good. False when there is no such dead job."""
        return bool(await self._client.run("drop", self._keys.outbox(shard), self._keys.shard(shard), job))


def _claimed(shard: int, lane: bytes, job_id: bytes, job: bytes, tries: int, round: int, decided: bytes) -> Claimed:
    body = from_json(job)
    return Claimed(
        shard,
        lane.decode(),
        job_id.decode(),
        body["kind"],
        body["conversation"],
        body["payload"],
        int(tries),
        int(round),
        decided.decode(),
    )


def _dead(shard: int, job_id: str, lane: bytes, job: bytes, tries: bytes, at: bytes | None, why: bytes) -> Dead:
    body = from_json(job)
    return Dead(
        shard=shard,
        lane=lane.decode(),
        id=job_id,
        kind=body["kind"],
        conversation=body["conversation"],
        payload=body["payload"],
        tries=int(tries),
        at=int(at or 0),
        why=why.decode(),
    )
