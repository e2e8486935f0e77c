"""The `Media` port over the store: calls are placed on media workers, which are asked, and missed when they die."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

import structlog

from hub.calls.asks import Answer, Ask, answer_of, packed
from hub.model.errors import MediaFull, MediaUnavailable, NotFound, StoreUnavailable
from hub.model.media import Forward, LegFigures, Outlet
from hub.store.media import MediaWorker, MediaWorkers
from hub.store.media_asks import MediaAsks

log = structlog.get_logger()
OPEN_S = 4.0  # a worker that died a moment ago is believed to live for 2 s more
ASK_S = 1.5
OPEN_ASK_S = 0.5
LOOK_S = 0.25
SLOW_S = 0.4  # with WATCH_S: a hang in which a lease can run out makes at least one look as slow
WATCH_S = 0.5
LEASE_S = 2.0


class RemoteMedia:
    """An adapter of `Media`. `clock` gives epoch ms."""

    def __init__(self, workers: MediaWorkers, asks: MediaAsks, clock: Callable[[], int]) -> None:
        self._workers = workers
        self._asks = asks
        self._clock = clock

    # --- the port ---------------------------------------------------------------------------------------------

    async def open(self, call: str) -> None:
        """On the worker that has it, or has the most room. Of one that has just died it waits until that is certain."""
        full = set[str]()
        with _as_unavailable():
            async with _bounded(OPEN_S):
                while not await self._opened(call, full):
                    pass

    async def describe(self, call: str, sender: str, receiver: str, kind: Literal["offer", "answer"], sdp: str) -> str:
        ask = Ask(what="describe", call=call, party=sender, receiver=receiver, kind=kind, sdp=sdp)
        return (await self._ask(ask)).sdp

    async def rejoin(self, call: str, party: str) -> None:
        await self._ask(Ask(what="rejoin", call=call, party=party))

    async def leave(self, call: str, party: str) -> None:
        await self._ask_if_there(Ask(what="leave", call=call, party=party))

    async def close(self, call: str) -> None:
        await self._ask_if_there(Ask(what="close", call=call))
        with _as_unavailable():
            if placed := await self._workers.where(call):
                await self._workers.unplace(call, placed)

    async def record(self, call: str, on: bool) -> None:
        ask = Ask(what="record", call=call, on=on)
        await (self._ask(ask) if on else self._ask_if_there(ask))

    async def receive(self, call: str, forward: Forward) -> Outlet:
        outlet = (await self._ask(Ask(what="receive", call=call, forward=forward))).outlet
        assert outlet is not None
        return outlet

    async def figures(self, call: str) -> tuple[LegFigures, ...]:
        return (await self._ask(Ask(what="figures", call=call))).figures

    # --- asking -----------------------------------------------------------------------------------------------

    async def _ask(self, ask: Ask) -> Answer:
        with _as_unavailable():
            placed = await self._workers.where(ask.call)
            if not placed:
                raise NotFound("call")
            if placed not in {worker.id for worker in await self._alive()}:
                raise MediaUnavailable("its worker is dead")
            return await self._asked(placed, ask, ASK_S)

    async def _ask_if_there(self, ask: Ask) -> None:
        """What is gone has left."""
        with _as_unavailable():
            placed = await self._workers.where(ask.call)
            if placed in {worker.id for worker in await self._alive()}:
                await self._asked(placed, ask, ASK_S)

    async def _asked(self, worker: str, ask: Ask, patience_s: float) -> Answer:
        return answer_of(await self._asks.ask(worker, packed(ask), patience_s)).raised()

    async def _alive(self) -> list[MediaWorker]:
        return await self._workers.alive(self._clock())

    # --- placing ----------------------------------------------------------------------------------------------

    async def _opened(self, call: str, full: set[str]) -> bool:
        """One try. `full` are those that said no to this call."""
        alive, placed = await self._alive(), await self._workers.where(call)
        if placed in {worker.id for worker in alive}:
            target = placed
        else:
            target = _freest(alive, full)
            if await self._workers.place(call, target, placed) != target:
                return False  # somebody else was quicker: it is where they put it
        try:
            await self._asked(target, Ask(what="open", call=call), OPEN_ASK_S)
        except MediaFull:
            full.add(target)
            await self._workers.unplace(call, target)
            return False
        except MediaUnavailable:
            await asyncio.sleep(LOOK_S)  # dead, most likely: its lease will tell
            return False
        return True

    # --- missing ----------------------------------------------------------------------------------------------

    async def watch(self) -> None:
        """Until cancelled: report the calls of workers that died (`lost`). Every process may; one will have done it.

        While the store was away or hung nobody could prolong a lease: when it is back they get the time to.
        """
        loop = asyncio.get_running_loop()
        was_away = False
        while True:
            try:
                asked_at = loop.time()
                dead = await self._workers.dead(self._clock())
                # It may have hung without anybody being told: then leases ran out as if it had been away.
                if was_away or loop.time() - asked_at > SLOW_S:
                    await asyncio.sleep(LEASE_S)
                else:
                    await self._bury(dead)
                was_away = False
            except StoreUnavailable:
                was_away = True
            await asyncio.sleep(WATCH_S)

    async def _bury(self, dead: list[str]) -> None:
        for worker in dead:
            lost = await self._workers.bury(worker, self._clock())
            if lost >= 0:
                log.warning("a media worker is gone", calls=lost)


def _freest(alive: list[MediaWorker], full: set[str]) -> str:
    """Raises MediaFull, or MediaUnavailable when there is nobody at all."""
    if not alive:
        raise MediaUnavailable("no media worker")
    fit = [worker for worker in alive if worker.free and worker.id not in full]
    if not fit:
        raise MediaFull
    return min(fit, key=lambda worker: worker.calls / max(1, worker.most)).id


@contextmanager
def _as_unavailable() -> Iterator[None]:
    """A store that is away is a media worker that can't be asked."""
    try:
        yield
    except StoreUnavailable as problem:
        raise MediaUnavailable(problem.detail) from problem


@asynccontextmanager
async def _bounded(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise MediaUnavailable("no media worker answers") from None
