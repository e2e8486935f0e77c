"""Many clients at once: pairs of a customer and an agent who talk at a steady rate, and what they went through."""

import asyncio
import time
from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tests.chaos.client import STABLE_S, Client, Pass
from tests.chaos.history import History
from tests.chaos.place import Event

QUIET_S = 0.6
ORIGIN = "http://127.0.0.1:9"  # every node's public URL; nobody listens there


class Crowd:
    """Clients and their common watch. `ports` are asked at each connect: nodes come and go."""

    def __init__(
        self,
        history: History,
        ports: Callable[[], Sequence[int]],
        tasks: asyncio.TaskGroup,
        *,
        origin: str = ORIGIN,
        stable_s: float = STABLE_S,
    ) -> None:
        self.clients: list[Client] = []
        self.latencies = array("d")
        self.acks = array("d")
        self.resumes = array("d")
        self.resumed_at = array("d")
        self.closes: Counter[int] = Counter()
        self.refusals: Counter[str] = Counter()
        self.failures: list[str] = []
        self.acked_at = self.shown_at = 0.0
        self.longest_pause_s = 0.0
        self.on_shown: Callable[[Client, Event], None] = lambda _client, _event: None
        self._history = history
        self._ports = ports
        self._tasks = tasks
        self._origin, self._stable_s = origin, stable_s
        self._runs: list[asyncio.Task[None]] = []
        self._sent: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        self._by: dict[str, Client] = {}

    # --- who ----------------------------------------------------------------------------------------------

    def add(self, name: str, pass_: Pass, **more: Any) -> Client:
        client = Client(name, self._ports, self._origin, pass_, self._history, self, stable_s=self._stable_s, **more)
        self.clients.append(client)
        self._runs.append(self._tasks.create_task(client.run()))
        return client

    async def live(self, timeout_s: float = 60.0) -> None:
        """Until everybody is. Raises TimeoutError that says how many are not."""
        try:
            async with asyncio.timeout(timeout_s):
                for client in self.clients:
                    await client.live.wait()
        except TimeoutError:
            missing = sum(not client.live.is_set() for client in self.clients)
            raise TimeoutError(f"{missing} of {len(self.clients)} clients are not live; {self.closes}") from None

    async def settled(self, timeout_s: float = 60.0) -> None:
        """Until everybody is live, every message has its answer, and nothing more comes for a moment.

        Or until time is up: the checker will tell what is missing.
        """
        now = quiet_since = time.monotonic()
        deadline = now + timeout_s
        # Asked before each look at the clock: a machine that stood still for a moment is no quiet one.
        while now < min(deadline, max(quiet_since, self.shown_at) + QUIET_S):
            await asyncio.sleep(0.05)
            now = time.monotonic()
            if not all(client.live.is_set() and not client.waiting for client in self.clients):
                quiet_since = now

    def leave(self) -> None:
        for client, run in zip(self.clients, self._runs, strict=True):
            client.leave()
            run.cancel()

    # --- pairs --------------------------------------------------------------------------------------------

    async def pairs(self, count: int, cookie: str, body: Callable[[int], dict[str, Any]], **more: Any) -> list[Client]:
        """Customers who said a first word, and for each an agent who took the conversation: 2 * count clients."""
        customers = [self.add(f"c{number}", Pass(body(number)), **more) for number in range(count)]
        await self.live()
        for customer in customers:
            customer.say("Hello")
        await self.settled()
        agents = [
            self.add(f"a{n}", Pass({"kind": "agent"}, cookie), conversation=c.place.conversation, take=True, **more)
            for n, c in enumerate(customers)
        ]
        await self.live()
        await self.settled()
        self.latencies, self.acks, self.refusals = array("d"), array("d"), Counter()
        return [*customers, *agents]

    async def talk(self, speakers: Sequence[Client], per_s: float, seconds: float) -> None:
        """Everybody in turn, `per_s` messages a second together, whatever became of the earlier ones (an open loop)."""
        began, number = time.monotonic(), 0
        while (now := time.monotonic()) < began + seconds:
            while number < (now - began) * per_s:
                client = speakers[number % len(speakers)]
                client.say(f"{client.name} {number}")
                number += 1
            await asyncio.sleep(0.01)

    # --- Watch --------------------------------------------------------------------------------------------

    def sent(self, client: Client, id: str) -> None:
        self._sent[id] = self._asked[id] = time.monotonic()
        self._by[id] = client

    def acked(self, client: Client, id: str) -> None:
        self.acked_at = now = time.monotonic()
        self.acks.append(now - self._asked.pop(id))

    def shown(self, client: Client, event: Event) -> None:
        self.shown_at = time.monotonic()
        if self._by.get(event["id"], client) is not client:
            del self._by[event["id"]]
            self.latencies.append(self.shown_at - self._sent.pop(event["id"]))
        self.on_shown(client, event)

    def refused(self, client: Client, code: str) -> None:
        self.refusals[code] += 1

    def lost(self, client: Client, code: int) -> None:
        self.closes[code] += 1

    def resumed(self, client: Client, after_s: float) -> None:
        self.resumes.append(after_s)
        self.resumed_at.append(time.monotonic())

    def failed(self, client: Client, why: str) -> None:
        self.failures.append(f"{client.name}: {why}")


def quantile(values: Sequence[float], q: float) -> float:
    """0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))] if ordered else 0.0
