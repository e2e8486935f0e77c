"""Carries outbox jobs to where they go: claimed with a lease, retried with back-off, put aside when that is no use.

A few are under way at once, each of another lane; who ends makes room for the next, so one that hangs holds up nobody.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

import structlog

from hub.model.errors import (
    BadRequest,
    CrmConflict,
    CrmLacks,
    CrmRefused,
    CrmUnavailable,
    NotFound,
    OneThreadError,
    StoreUnavailable,
)
from hub.services.spans import span
from hub.store.outbox import TRIES, Claimed, Outbox

log = structlog.get_logger()
Carry = Callable[[Claimed], Awaitable[None]]
EVERY_S = 0.25
AT_ONCE = 16
JOB_S = 30.0
# Somebody who is away comes back: a day of tries, a minute apart. What fails by itself (a bug, ours or theirs) is put
# aside after five.
PATIENT_TRIES = 1_440
# What the other side said about this one request, and would say again: over, and nothing to keep.
OVER = (CrmConflict, NotFound, BadRequest)
# The same, but the answer may be another one once somebody has changed the CRM or the settings: kept, to be replayed.
REFUSED = (CrmLacks, CrmRefused)


class GiveUp(Protocol):
    """Told of a job that is not tried again; `kept`: it was put aside, and can be replayed."""

    async def __call__(self, job: Claimed, why: str, detail: str, *, kept: bool) -> None: ...


class Carrier:
    """`kinds` maps a job's kind to who carries it out."""

    def __init__(
        self,
        outbox: Outbox,
        kinds: Mapping[str, Carry],
        now: Callable[[], int],
        give_up: GiveUp | None = None,
        put_aside: Callable[[], None] = lambda: None,
    ) -> None:
        self._outbox = outbox
        self._put_aside = put_aside
        self._kinds = kinds
        self._give_up = give_up
        self._now = now
        self._under_way = 0
        self.jobs: Counter[str] = Counter()  # attempts, by how they ended: done, failed, refused, put_aside
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
            problem = await self._attempt(job)
            if problem is None:
                await self._outbox.done(job)
                self.jobs["done"] += 1
                log.debug("job done", job=job.id, kind=job.kind, conversation=job.conversation)
            else:
                await self._failed(job, problem)
        except StoreUnavailable:
            log.info("job's end not noted; its lease brings it back", job=job.id)

    async def _attempt(self, job: Claimed) -> Exception | None:
        """Carry it out; the answer is what went wrong."""
        carry = self._kinds.get(job.kind)
        if carry is None:
            return NobodyCarries(f"nobody carries {job.kind}")
        try:
            with span(f"job {job.kind}", job=job.id, conversation=job.conversation, tries=job.tries):
                async with asyncio.timeout(JOB_S):
                    await carry(job)
        except Exception as problem:  # whatever an outside system does, the job is kept and tried again
            log.warning("job failed", job=job.id, conversation=job.conversation, tries=job.tries, why=named(problem))
            return problem
        return None

    async def _failed(self, job: Claimed, problem: Exception) -> None:
        """Again later, aside, or over. The conversation is told first: what is aside was always told of."""
        tries, after_ms = tries_of(problem), 0
        if isinstance(problem, OneThreadError) and problem.retry_after:
            after_ms = round(problem.retry_after * 1000)
        if job.tries >= tries:
            await self._tell(job, problem, kept=not isinstance(problem, OVER))
        if isinstance(problem, OVER):
            await self._outbox.done(job)
            self.jobs["refused"] += 1
        elif await self._outbox.failed(job, named(problem), self._now(), tries=tries, after_ms=after_ms):
            self.jobs["put_aside"] += 1
            self._put_aside()
            log.error("job put aside", job=job.id, kind=job.kind, conversation=job.conversation, why=named(problem))
        else:
            self.jobs["failed"] += 1

    async def _tell(self, job: Claimed, problem: Exception, *, kept: bool) -> None:
        if self._give_up is None or job.kind not in self._kinds:
            return
        code = problem.code if isinstance(problem, OneThreadError) else "failed"
        detail = problem.detail if isinstance(problem, OneThreadError) else ""
        try:
            await self._give_up(job, code, detail, kept=kept)
        except StoreUnavailable:
            raise
        except OneThreadError as refusal:  # its conversation is gone: nobody is left to be told
            log.info("nobody to tell of a job's end", job=job.id, why=refusal.code)


class NobodyCarries(Exception):
    """A job of a newer hub, or of one with other settings."""


def tries_of(problem: Exception) -> int:
    """How often a job is tried that fails in this way."""
    match problem:
        case StoreUnavailable() | CrmUnavailable() | TimeoutError():
            return PATIENT_TRIES
        case _ if isinstance(problem, (*OVER, *REFUSED)):
            return 0
        case _:
            return TRIES


def named(problem: Exception) -> str:
    """What went wrong and where. Not the message of just any exception: it may quote what people wrote."""
    if isinstance(problem, NobodyCarries):
        return str(problem)
    if isinstance(problem, OneThreadError):
        return f"{problem.code}: {problem.detail}" if problem.detail else problem.code
    places = [(Path(f.f_code.co_filename), line) for f, line in traceback.walk_tb(problem.__traceback__)]
    ours = [f" at {path.name}:{line}" for path, line in places if "site-packages" not in path.parts]
    return type(problem).__name__ + "".join(ours[-1:])
