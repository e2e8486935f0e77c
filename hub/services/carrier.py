"""Carries outbox jobs to where they go: claimed with a lease, retried with back-off, put aside after five tries.

A few are under way at once, each of another lane; who ends makes room for the next, so one that hangs holds up nobody.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from hub.model.errors import OneThreadError, StoreUnavailable
from hub.services.spans import span
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
        self._under_way = 0
        self.jobs: Counter[str] = Counter()  # attempts, by how they ended: done, failed, put_aside
        self._ended = asyncio.Event()
        self._last = -1  # the shard that was served last

    async def carry(self, shards: Callable[[], frozenset[int]]) -> None:
        """Carry jobs of `shards()` until cancelled; those under way are cancelled too, and their leases run out."""
        self._under_way = 0
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._ended.clear()
                for job in await self._claimed(sorted(shards())):
                    self._under_way += 1
                    tasks.create_task(self._one(job))
                await self._until_free()

    async def _until_free(self) -> None:
        """Until a job has ended; or, while there is room for more, until it is time to look again."""
        if self._under_way >= AT_ONCE:
            await self._ended.wait()
            return
        try:
            async with asyncio.timeout(EVERY_S):
                await self._ended.wait()
        except TimeoutError:
            pass

    async def _claimed(self, shards: list[int]) -> list[Claimed]:
        """As many jobs as there is room for. Shards take turns, or a busy one would leave none to the others."""
        jobs: list[Claimed] = []
        try:
            due = await self._outbox.due(shards, self._now())
            for shard in sorted(due, key=lambda s: (s <= self._last, s)):
                if self._under_way + len(jobs) >= AT_ONCE:
                    break
                jobs += await self._outbox.claim(shard, self._now(), AT_ONCE - self._under_way - len(jobs))
                self._last = shard
        except StoreUnavailable:
            log.info("outbox waits for the store")
        return jobs

    async def _one(self, job: Claimed) -> None:
        try:
            await self._carry_out(job)
        finally:
            self._under_way -= 1
            self._ended.set()

    async def _carry_out(self, job: Claimed) -> None:
        try:
            why = await self._attempt(job)
            if not why:
                await self._outbox.done(job)
                self.jobs["done"] += 1
                log.debug("job done", job=job.id, kind=job.kind, conversation=job.conversation)
            elif await self._outbox.failed(job, why, self._now()):
                self.jobs["put_aside"] += 1
                log.error("job put aside", job=job.id, kind=job.kind, conversation=job.conversation, why=why)
            else:
                self.jobs["failed"] += 1
        except StoreUnavailable:
            log.info("job's end not noted; its lease brings it back", job=job.id)

    async def _attempt(self, job: Claimed) -> str:
        """Carry it out; the answer is what went wrong, or ""."""
        carry = self._kinds.get(job.kind)
        if carry is None:
            return f"nobody carries {job.kind}"
        try:
            with span(f"job {job.kind}", job=job.id, conversation=job.conversation, tries=job.tries):
                async with asyncio.timeout(JOB_S):
                    await carry(job)
        except Exception as problem:  # whatever an outside system does, the job is kept and tried again
            why = named(problem)
            log.warning("job failed", job=job.id, conversation=job.conversation, tries=job.tries, why=why)
            return why
        return ""


def named(problem: Exception) -> str:
    """What went wrong and where. Not the message of just any exception: it may quote what people wrote."""
    if isinstance(problem, OneThreadError):
        return f"{problem.code}: {problem.detail}" if problem.detail else problem.code
    places = [(Path(f.f_code.co_filename), line) for f, line in traceback.walk_tb(problem.__traceback__)]
    ours = [f" at {path.name}:{line}" for path, line in places if "site-packages" not in path.parts]
    return type(problem).__name__ + "".join(ours[-1:])
