"""A relay in this process, with a clock in our hands, and two parties who have met in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from hub.calls.relay.call import News
from hub.calls.relay.relay import Place, Relay, open_relay
from tests.calls.parties import Party, meet
from tests.calls.workers import Calm

CALL, CUSTOMER, AGENT = "a-call", "customer", "agent:anna"


@dataclass
class Clock:
    """Seconds; stands still until it is moved."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bench:
    """`news` is what the relay told, in order."""

    relay: Relay
    clock: Clock
    news: list[News] = field(default_factory=list)
    parties: list[Party] = field(default_factory=list)

    def party(self, name: str = CUSTOMER, other: str = AGENT, call: str = CALL) -> Party:
        """Leaves with the test."""
        self.parties.append(Party(self.relay, call, name, other))
        return self.parties[-1]

    async def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        await self.relay.tick(self.clock.now)

    def told(self) -> list[tuple[str, str]]:
        """(kind, party) of what was told since this was asked last."""
        told = [(news.kind, news.party) for news in self.news]
        self.news.clear()
        return told

    @asynccontextmanager
    async def met(self) -> AsyncIterator[tuple[Party, Party]]:
        """(customer, agent), who hear each other."""
        await self.relay.open(CALL)
        customer, agent = self.party(), self.party(AGENT, CUSTOMER)
        await meet(agent, customer)
        yield customer, agent


@pytest.fixture
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """`@pytest.mark.parametrize("bench", [Place(...)], indirect=True)` places it elsewhere."""
    place = getattr(request, "param", Place(hosts=("127.0.0.1",)))
    clock, news = Clock(), list[News]()
    tell: Callable[[News], None] = news.append
    async with open_relay(place, tell, None, clock) as relay:
        relay.strain = Calm()
        bench = Bench(relay, clock, news)
        yield bench
        for party in bench.parties:
            await party.leave()
