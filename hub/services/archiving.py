"""What nobody touched for long leaves Redis for the archive. It is no event: nothing happened.

Apart from the deadlines: there may be a million of these, and a database that is slow or away must hold up no bot turn.
"""

import asyncio
from collections.abc import Callable

import structlog

from hub.model.dues import Policy
from hub.model.errors import StoreUnavailable
from hub.services.deadlines import is_due
from hub.store.logs import Logs
from hub.store.places import Places

log = structlog.get_logger()
EVERY_S = 1.0
AWAY_S = 10.0  # the archive does not answer
AT_ONCE = 20  # of each shard, in one transaction


class Archiving:
    def __init__(self, places: Places, logs: Logs, policy: Policy, now: Callable[[], int]) -> None:
        self._places = places
        self._logs = logs
        self._policy = policy
        self._now = now

    async def clear(self, shards: Callable[[], frozenset[int]]) -> None:
        """Put away what may go of `shards()`, until cancelled."""
        while True:
            pause_s = EVERY_S
            try:
                found = await self._places.leaving(sorted(shards()), self._now(), AT_ONCE)
                await self._put_away(found)
                if len(found) >= AT_ONCE:
                    pause_s = 0.0  # there is more
            except StoreUnavailable as problem:
                log.warning("the archive waits", why=problem.detail)
                pause_s = AWAY_S
            await asyncio.sleep(pause_s)

    async def _put_away(self, found: list[tuple[int, str]]) -> None:
        its = {it.id: it for it in await self._logs.load_several([conversation for _, conversation in found])}
        ready = []
        for shard, conversation in found:
            it = its.get(conversation)
            if it is None:
                await self._places.forget_due(shard, "archive", conversation)  # it is gone already
            elif await is_due(self._places, shard, "archive", it, self._policy, self._now()):
                ready.append(it)
        await self._logs.put_away(ready)
