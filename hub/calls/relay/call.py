"""A call in the relay: its parties, in pairs, with a leg at each side of a pair."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from hub.calls.relay.borrowed import Certificate
from hub.calls.relay.forwarded import Forwarded
from hub.calls.relay.leg import KEPT_S, Leg
from hub.calls.relay.port import MediaPort
from hub.calls.relay.sdp import Transport, read, translate
from hub.calls.relay.tap import Tap
from hub.model.errors import NotFound
from hub.model.frozen import frozen
from hub.model.media import Forward, LegFigures

ABANDONED_S = 60.0
UNHEARD_S = 15.0  # nothing comes of a room that is recorded: whoever believes that it is must learn of it


@frozen
class News:
    """A leg fell `silent`, is `back`, or is `gone` after KEPT_S; or the whole call was `abandoned` (no party named)."""

    kind: Literal["silent", "back", "gone", "abandoned"]
    call: str
    party: str = ""
    other: str = ""


@dataclass(slots=True)
class Totals:
    """Packets and bytes that were passed on, and packets that could not be."""

    packets: int = 0
    bytes: int = 0
    drops: int = 0

    def add(self, it: "Totals | Leg") -> None:
        self.packets += it.packets
        self.bytes += it.bytes
        self.drops += it.drops


class Call:
    """`addresses` are announced to the parties. `tasks` owns the handshakes. Times are seconds of the port's clock."""

    def __init__(
        self,
        name: str,
        port: MediaPort,
        addresses: tuple[str, ...],
        certificate: Certificate,
        tasks: asyncio.TaskGroup,
        now: float,
    ) -> None:
        self.name = name
        self._port = port
        self._addresses = addresses
        self._certificate = certificate
        self._tasks = tasks
        self._legs: dict[tuple[str, str], Leg] = {}
        self._securing: dict[Leg, asyncio.Task[None]] = {}
        self._tap: Tap | None = None
        self._forwarded: dict[str, Forwarded] = {}
        self._ended_heard = now  # of the legs that are gone
        self._ended = Totals()  # of them as well

    async def describe(self, sender: str, receiver: str, kind: Literal["offer", "answer"], sdp: str, now: float) -> str:
        """Raises BadDescription; then nothing is changed."""
        description = read(sdp)
        gone = self._legs.get((sender, receiver))
        if gone is not None and not gone.is_somebody_else(description):
            gone = None
        if gone is not None:
            await self._end(gone)
        leg, peer = self._leg(sender, receiver, now), self._leg(receiver, sender, now)
        leg.peer, peer.peer = peer, leg
        if gone is not None and kind == "answer":
            leg.credentials_of(gone)
        leg.describe(description, sdp, kind)
        self._port.know(leg)
        return translate(sdp, self._transport(peer), kind)

    def _leg(self, party: str, other: str, now: float) -> Leg:
        leg = self._legs.get((party, other))
        if leg is None:
            leg = self._legs[party, other] = Leg(party, other, self._certificate, now)
            leg.tap = self._tap
            self._port.know(leg)
            self._securing[leg] = self._tasks.create_task(leg.secure())
        return leg

    def _transport(self, leg: Leg) -> Transport:
        return Transport(
            self._addresses, self._port.number, leg.ufrag, leg.passwords[leg.ufrag], self._certificate.fingerprint
        )

    def expect(self, now: float) -> None:
        """Somebody is about to come: nobody is missed yet."""
        self._ended_heard = max(self._ended_heard, now)

    async def rejoin(self, party: str) -> None:
        """Its own legs go; those of the others wait for it."""
        await self._end(*(leg for leg in self._legs.values() if leg.party == party))

    async def leave(self, party: str) -> None:
        self._take_no_more(party)
        await self._end(*(leg for leg in self._legs.values() if party in (leg.party, leg.other)))

    async def close(self) -> None:
        await self._end(*self._legs.values())
        self.record(None)

    async def _end(self, *legs: Leg) -> None:
        for leg in legs:  # first all of this, which waits for nothing
            del self._legs[leg.party, leg.other]
            self._ended_heard = max(self._ended_heard, leg.heard)
            self._ended.add(leg)
            leg.tap = None
            self._port.mute(leg)
            self._securing.pop(leg).cancel()
        for leg in legs:
            await leg.end()
            self._port.forget(leg)

    def record(self, tap: Tap | None) -> None:
        """Let `tap` listen, or nobody; who listened before is told that it is over."""
        before, self._tap = self._tap, tap
        for party in tuple(self._forwarded):
            self._take_no_more(party)
        for leg in self._legs.values():
            leg.tap = None
            if tap is not None:
                leg.tap_in(tap)
                leg.ask_for_pictures()
        if before is not None:
            before.ended()

    def receive(self, forward: Forward, now: float) -> None:
        """What a room forwards of a party, from now on. Raises NotFound where nobody listens, BadDescription."""
        if self._tap is None:
            raise NotFound("it is not recorded")
        before = self._forwarded.get(forward.party)
        if before is not None and before.key == forward.key:
            before.asks = forward.asks
            return
        forwarded = Forwarded(forward, self._tap, now)
        self._take_no_more(forward.party)
        self._forwarded[forward.party] = forwarded
        self._port.forwarded |= dict.fromkeys(forwarded.sources, forwarded)

    def _take_no_more(self, party: str) -> None:
        if gone := self._forwarded.pop(party, None):
            self._ended_heard = max(self._ended_heard, gone.heard)
            for source in gone.sources:
                self._port.forwarded.pop(source, None)

    @property
    def recorded(self) -> bool:
        return self._tap is not None

    async def tick(self, now: float) -> list[News]:
        """What has changed since the last tick, a fraction of a second ago. `abandoned` is said each time."""
        news: list[News] = []
        for leg in list(self._legs.values()):
            if self._legs.get((leg.party, leg.other)) is not leg:
                continue  # it ended while another one was said goodbye to
            self._port.expire(leg, now)
            if leg.changed(now):
                news.append(News("silent" if leg.silent else "back", self.name, leg.party, leg.other))
            if leg.silent and now - leg.heard > KEPT_S:
                await self._end(leg)
                news.append(News("gone", self.name, leg.party, leg.other))
        for forwarded in self._forwarded.values():
            forwarded.tick(now)
        if now - self.heard > (ABANDONED_S if self._legs or not self.recorded else UNHEARD_S):
            news.append(News("abandoned", self.name))
        return news

    @property
    def heard(self) -> float:
        """When anybody was heard last; at first, when it was opened."""
        heard = [leg.heard for leg in self._legs.values()] + [each.heard for each in self._forwarded.values()]
        return max(self._ended_heard, *heard, float("-inf"))

    @property
    def legs(self) -> int:
        return len(self._legs)

    def totals(self) -> Totals:
        """Of all its legs, also of those that are gone."""
        found = replace(self._ended)
        for leg in self._legs.values():
            found.add(leg)
        return found

    def figures(self, now: float) -> Iterator[LegFigures]:
        for leg in self._legs.values():
            yield LegFigures(
                leg.party,
                leg.other,
                leg.packets,
                leg.bytes,
                leg.drops,
                max(0, int(1000 * (now - leg.heard))),
                leg.hearing.loss,
                leg.hearing.jitter_ms,
                leg.hearing.rtt_ms,
            )
