"""The relay as the hub knows it: the `Media` port, in this process. One per media worker, and in tests."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

import structlog

from hub.calls.relay.borrowed import Certificate
from hub.calls.relay.call import Call, News, Totals
from hub.calls.relay.leg import SILENT_S
from hub.calls.relay.port import MediaPort, addresses_of, bind
from hub.calls.relay.strain import Strain
from hub.calls.relay.tap import Taps
from hub.model.errors import MediaFull, MediaUnavailable, NotFound
from hub.model.frozen import frozen
from hub.model.media import Forward, LegFigures, Outlet

log = structlog.get_logger()
TICK_S = 0.25


@frozen
class Place:
    """Where a relay listens: a socket for each of `hosts`, on the first free one of `ports`. It announces `addresses`;
    none = those it listens on. It takes at most `calls`. Rooms reach it at `outlet`, none = the first of them."""

    hosts: tuple[str, ...] = ("0.0.0.0", "::")  # noqa: S104 parties come from anywhere
    ports: tuple[int, ...] = (0,)
    addresses: tuple[str, ...] = ()
    calls: int = 50
    outlet: str = ""


class Relay:
    """An adapter of `Media`. `tell` is given what changes by itself; it must not wait."""

    def __init__(
        self,
        port: MediaPort,
        place: Place,
        tasks: asyncio.TaskGroup,
        tell: Callable[[News], None],
        taps: Taps | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.strain = Strain()
        self.most = place.calls
        self.addresses = place.addresses or addresses_of(place.hosts)
        self._outlet = place.outlet or self.addresses[0]
        self.port = port
        self._tasks = tasks
        self._tell = tell
        self._taps = taps
        self._clock = clock
        self._certificate = Certificate()
        self._calls: dict[str, Call] = {}
        self._ended = Totals()  # of the calls that are over
        self.taken = self.refused = 0

    @property
    def calls(self) -> tuple[str, ...]:
        return tuple(self._calls)

    @property
    def full(self) -> bool:
        return len(self._calls) >= self.most or self.strain.too_much

    @property
    def legs(self) -> int:
        return sum(call.legs for call in self._calls.values())

    def totals(self) -> Totals:
        """Of all that it ever passed on."""
        found = Totals()
        for it in (self._ended, *(call.totals() for call in self._calls.values())):
            found.add(it)
        return found

    @property
    def heard_of_late(self) -> bool:
        """Is anybody in any call?"""
        return any(self._clock() - call.heard < SILENT_S for call in self._calls.values())

    async def open(self, call: str) -> None:
        if there := self._calls.get(call):
            there.expect(self._clock())
            return
        if self.full:
            self.refused += 1
            raise MediaFull
        self.taken += 1
        self._calls[call] = Call(call, self.port, self.addresses, self._certificate, self._tasks, self._clock())

    async def describe(self, call: str, sender: str, receiver: str, kind: Literal["offer", "answer"], sdp: str) -> str:
        return await self._open(call).describe(sender, receiver, kind, sdp, self._clock())

    async def rejoin(self, call: str, party: str) -> None:
        await self._open(call).rejoin(party)

    async def leave(self, call: str, party: str) -> None:
        if there := self._calls.get(call):
            await there.leave(party)

    async def close(self, call: str) -> None:
        if there := self._calls.pop(call, None):
            await there.close()
            self._ended.add(there.totals())

    async def record(self, call: str, on: bool) -> None:
        """Again: nothing happens. Raises MediaUnavailable where nobody is there to listen in."""
        there = self._calls.get(call)
        if not on:
            if there:
                there.record(None)
            return
        if self._taps is None:
            raise MediaUnavailable("nothing here listens in")
        there = self._open(call)
        if not there.recorded:
            there.record(self._taps(call))

    async def receive(self, call: str, forward: Forward) -> Outlet:
        self._open(call).receive(forward, self._clock())
        return Outlet(self._outlet, self.port.number)

    async def figures(self, call: str) -> tuple[LegFigures, ...]:
        return tuple(self._open(call).figures(self._clock()))

    def _open(self, call: str) -> Call:
        if call not in self._calls:
            raise NotFound("call")
        return self._calls[call]

    async def tick(self, now: float) -> None:
        """Look at every call. `now` is in seconds, of the clock."""
        for call in list(self._calls.values()):
            for news in await call.tick(now):
                if news.kind == "abandoned":
                    await self.close(call.name)
                self._tell(news)

    async def keep(self) -> None:
        """Tick until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self.strain.note(loop.time() - due, time.process_time(), self.port.behind, self._clock())
            await self.tick(self._clock())

    async def end(self) -> None:
        for call in self.calls:
            await self.close(call)


@asynccontextmanager
async def open_relay(
    place: Place,
    tell: Callable[[News], None],
    taps: Taps | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Relay]:
    """A relay that listens as long as the block lasts. Raises NoMediaPort."""
    port = MediaPort(bind(place.hosts, place.ports), clock)
    try:
        async with asyncio.TaskGroup() as tasks:
            relay = Relay(port, place, tasks, tell, taps, clock)
            port.start()
            keeping = tasks.create_task(relay.keep())
            try:
                yield relay
            finally:
                keeping.cancel()
                await relay.end()
    finally:
        port.close()
