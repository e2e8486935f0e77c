"""The bot's place in a call: joined through the hub as any page is, with a leg for each other party."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

import structlog

from hub.calls.voice.leg import Leg
from hub.model.call import THE_CUSTOMER
from hub.model.errors import OneThreadError
from hub.services.calls import Calls, Place

log = structlog.get_logger()
MOST_SIGNALS = 256


class Moved(Exception):
    """The media worker died: the call goes on elsewhere, and we join it anew."""


class Legs:
    """`heard` is given what the customer says, `pressed` their keys. `connection` names our process to the others."""

    def __init__(
        self,
        calls: Calls,
        place: Place,
        connection: str,
        heard: Callable[[bytes], None],
        pressed: Callable[[str], None],
    ) -> None:
        self._calls = calls
        self._place = place
        self._connection = connection
        self._heard = heard
        self._pressed = pressed
        self._legs: dict[str, Leg] = {}
        self._signals: asyncio.Queue[dict[str, Any]] = asyncio.Queue(MOST_SIGNALS)
        self._reached = asyncio.Condition()

    async def run(self, name: str) -> None:
        """Join, and be there until cancelled. Raises Moved, CallOver, MediaFull, MediaUnavailable ..."""
        try:
            async with asyncio.TaskGroup() as tasks:
                joined = await self._calls.join(self._place, name, self._connection)
                for other in joined["others"]:
                    leg = await self._meet(other["party"], other["pc"], tasks)
                    if other["offers"]:
                        tasks.create_task(self._offer(leg))
                while True:
                    await self._signal(await self._signals.get(), tasks)
        finally:
            for leg in self._legs.values():
                await leg.close()

    # --- signalling -----------------------------------------------------------------------------------------

    def signal(self, frame: str, pc: str) -> None:
        """What somebody tells us, or one that was here before us (`pc`, "" = whoever it is). When too much waits, it is
        lost: they say it again."""
        if pc not in ("", self._place.pc):
            return
        with suppress(ValueError, asyncio.QueueFull):
            self._signals.put_nowait(json.loads(frame))

    async def _signal(self, frame: dict[str, Any], tasks: asyncio.TaskGroup) -> None:
        try:
            await self._told(frame, tasks)
        except OneThreadError as problem:
            log.info("a signal came to nothing", what=frame["t"], why=problem.code)

    async def _told(self, frame: dict[str, Any], tasks: asyncio.TaskGroup) -> None:
        match frame["t"]:
            case "rtc.description" | "rtc.candidate":
                leg = await self._meet(frame["from"], frame["pc"], tasks)
                await leg.take(frame)
            case "call.peer" if frame["what"] == "joined":
                known = self._legs.get(frame["party"])
                leg = await self._meet(frame["party"], frame["pc"], tasks)
                if frame["offers"] and leg is not known:
                    tasks.create_task(self._offer(leg))
            case "call.key" if frame["from"] == THE_CUSTOMER:
                self._pressed(str(frame["key"]))
            case "call.moved":
                raise Moved

    async def _meet(self, party: str, pc: str, tasks: asyncio.TaskGroup) -> Leg:
        """The leg to this page of theirs: a new page takes the place of the one before."""
        known = self._legs.get(party)
        if known is not None and known.pc >= pc:  # ids of pages rise: what comes late is of the page before
            return known

        async def describe(kind: Literal["offer", "answer"], generation: int, sdp: str) -> None:
            try:
                await self._calls.describe(self._place, party, pc, generation, kind, sdp, self._connection)
            except OneThreadError as problem:
                if not problem.retry:
                    raise
                log.info("a description is told again", why=problem.code)

        leg = self._legs[party] = Leg(pc, describe)
        if known is not None:
            await known.close()
        tasks.create_task(self._attend(party, leg))
        return leg

    async def _offer(self, leg: Leg) -> None:
        try:
            await leg.offer()
        except OneThreadError as problem:
            log.info("an offer came to nothing", why=problem.code)

    async def _attend(self, party: str, leg: Leg) -> None:
        await leg.connected.wait()
        async with self._reached:
            self._reached.notify_all()
        async for pcm in leg.sound():
            if party == THE_CUSTOMER:
                self._heard(pcm)

    # --- speaking -------------------------------------------------------------------------------------------

    async def reached(self, party: str, within_s: float) -> bool:
        """Wait until sound goes to them."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s), self._reached:
                await self._reached.wait_for(lambda: self._connected(party))
        return self._connected(party)

    def _connected(self, party: str) -> bool:
        leg = self._legs.get(party)
        return leg is not None and leg.connected.is_set()

    def say(self, pcm: bytes) -> None:
        """To everybody."""
        for leg in self._legs.values():
            leg.mouth.say(pcm)

    def stop_saying(self) -> bool:
        """At once. Was anything cut off?"""
        cut = [leg.mouth.stop_saying() for leg in self._legs.values()]  # all of them
        return any(cut)

    async def until_quiet(self) -> None:
        if leg := self._legs.get(THE_CUSTOMER):
            await leg.mouth.until_quiet()
