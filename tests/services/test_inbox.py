"""The agents' lists follow what happens, on whatever process it happens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hub.model import commands as c
from hub.model.party import Party
from hub.services.inbox import Inboxes, View, belongs
from tests.services.acts import ANA, LI, Ear, Process, held_by, queue, running, true


class Roll:
    """Who the agents are."""

    async def ids(self) -> list[str]:
        return [LI.id, ANA.id]


class Screen(Ear):
    """An agent's list as their page keeps it: rows by conversation."""

    def __init__(self, agent: Party) -> None:
        super().__init__(agent.id, staff=True, agent=agent.id)
        self.shown: dict[str, Any] = {}
        self.counts: dict[str, int] = {}

    def deliver_ephemeral(self, frame: bytes) -> None:
        self.take(json.loads(frame))

    def take(self, change: dict[str, Any]) -> None:
        self.shown.update({r["conversation"]: r for r in change["rows"]})
        for conversation in change.get("gone", ()):
            del self.shown[conversation]
        self.counts = change["counts"]


@asynccontextmanager
async def inboxes(process: Process) -> AsyncIterator[Inboxes]:
    made = Inboxes(process.conversations, process.store.logs, process.store.places, Roll())
    async with running(made.tell()):
        yield made


async def opened(made: Inboxes, agent: Party, view: View) -> Screen:
    screen = Screen(agent)
    screen.take(await made.follow(screen, view))
    return screen


@pytest.mark.parametrize(
    ("view", "wanted"),
    [
        ("mine", {"reserved", "held"}),
        ("queue", {"reserved", "waits"}),
        ("bot", {"reserved", "bots"}),
        ("all", {"reserved", "held", "waits", "bots", "anas"}),
    ],
)
async def test_each_view_has_its_rows_and_what_is_reserved_for_me_is_in_all(
    process: Process, view: View, wanted: set[str]
) -> None:
    await process.reserve("reserved", LI)
    await process.to_agent("held", LI)
    await process.to_agent("anas", ANA)
    await process.to_queue("waits")
    await process.say("bots")
    await process.to_agent("done", LI)
    await process.ask("done", c.Resolve(), LI)
    async with inboxes(process) as made:
        screen = await opened(made, LI, view)
        assert set(screen.shown) == wanted
        assert screen.counts == {"mine": 1, "queue": 2, "bot": 1, "all": 5}
        anas = await opened(made, ANA, view)
        assert ("reserved" in anas.shown) == (view in ("queue", "all"))


async def test_a_row_comes_changes_and_goes(process: Process) -> None:
    async with inboxes(process) as made:
        mine, lobby = await opened(made, LI, "mine"), await opened(made, ANA, "queue")
        assert mine.shown == {}
        await process.to_queue("wang")
        made.changed("wang")
        await true(lambda: "wang" in lobby.shown and lobby.counts["queue"] == 1)
        await process.ask("wang", c.Assign(held_by(LI)), LI)
        made.changed("wang")
        await true(lambda: "wang" in mine.shown and "wang" not in lobby.shown)
        await process.say("wang", "are you there?")
        made.changed("wang")
        await true(lambda: bool(mine.shown["wang"]["last"]["text"] == "are you there?"))
        await process.ask("wang", c.Resolve(), LI)
        made.changed("wang")
        await true(lambda: mine.shown == {} and mine.counts["mine"] == 0)


async def test_another_view_of_the_same_agent_replaces_the_first(process: Process) -> None:
    await process.to_queue("wang")
    async with inboxes(process) as made:
        screen = await opened(made, LI, "queue")
        screen.shown = {}
        screen.take(await made.follow(screen, "mine"))
        assert screen.shown == {}
        await process.say("wang")
        made.changed("wang")
        await process.to_agent("zhang", LI)
        made.changed("zhang")
        await true(lambda: set(screen.shown) == {"zhang"})


async def test_who_left_is_told_nothing(process: Process) -> None:
    async with inboxes(process) as made:
        gone, stays = await opened(made, LI, "queue"), await opened(made, ANA, "queue")
        made.unfollow(gone)
        made.unfollow(gone)
        await process.to_queue("wang")
        made.changed("wang")
        await true(lambda: "wang" in stays.shown)
        assert gone.shown == {}


async def test_a_burst_of_changes_is_told_at_once(process: Process) -> None:
    """A busy hub stays calm: what changes within a moment is one frame."""
    told: list[bytes] = []

    class Counting(Screen):
        def deliver_ephemeral(self, frame: bytes) -> None:
            told.append(frame)
            super().deliver_ephemeral(frame)

    async with inboxes(process) as made:
        screen = Counting(LI)
        screen.take(await made.follow(screen, "queue"))
        names = [f"c{n}" for n in range(20)]
        await asyncio.gather(*(process.to_queue(name) for name in names))
        for name in names * 3:
            made.changed(name)
        await true(lambda: set(screen.shown) == set(names))
        assert len(told) == 1


async def test_a_reservation_that_passes_me_by_leaves_my_list(process: Process) -> None:
    it = await process.reserve("wang", LI)
    assert belongs(it, "mine", LI.id)
    async with inboxes(process) as made:
        mine = await opened(made, LI, "mine")
        await process.ask("wang", c.DeclineReservation(), LI)
        made.changed("wang")
        await true(lambda: mine.shown == {})
    assert (await process.conversations.newest("wang")).desk.owner == queue()
