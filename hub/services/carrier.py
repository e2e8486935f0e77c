"""Carries outbox jobs to where they go: claimed with a lease, retried with back-off, put aside after five tries."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from hub.model.errors import StoreUnavailable
from hub.store.outbox import Claimed, Outbox

log = structlog.get_logger()
Carry = Callable[[Claimed], Awaitable[None]]
EVERY_S = 0.25
AT_ONCE = 16
JOB_S = 30.0


class Carrier:
    """`kinds` maps a job's kind to who carries it out."""

    def __init__(self, outbox: Outbox, kinds: Mapping[str, Carry], now: Callable[[], int]) -> None:
        self._outbox = outbox
        self._kinds = kinds
        self._now = now

    async def carry(self, shards: Callable[[], frozenset[int]]) -> None:
        """Carry jobs of `shards()` until cancelled."""
        while True:
            jobs: list[Claimed] = []
            try:
                for shard in await self._outbox.due(sorted(shards()), self._now()):
                    jobs += await self._outbox.claim(shard, self._now(), AT_ONCE)
            except StoreUnavailable:
                log.info("outbox waits for the store")
            async with asyncio.TaskGroup() as batch:
                for job in jobs:
                    batch.create_task(self._one(job))
            if not jobs:
                await asyncio.sleep(EVERY_S)

    async def _one(self, job: Claimed) -> None:
        try:
            why = await self._attempt(job)
            if not why:
                await self._outbox.done(job)
            elif await self._outbox.failed(job, why, self._now()):
                log.error("job put aside", job=job.id, kind=job.kind, why=why)
        except StoreUnavailable:
            log.info("job's end not noted; its lease brings it back", job=job.id)

    async def _attempt(self, job: Claimed) -> str:
        """Carry it out; the answer is what went wrong, or ""."""
        carry = self._kinds.get(job.kind)
        if carry is None:
            return f"nobody carries {job.kind}"
        try:
            async with asyncio.timeout(JOB_S):
                await carry(job)
        except Exception as problem:  # whatever an outside system does, the job is kept and tried again
            log.warning("job failed", job=job.id, tries=job.tries, why=repr(problem)[:200])
            return repr(problem)
        return ""
