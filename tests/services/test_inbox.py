"""The agents' lists follow what happens, on whatever process it happens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hub.model import commands as c
from hub.model.conversation import Conversation
from hub.model.party import Party
from hub.services.inbox import Inboxes, View, belongs
from hub.store.logs import Logs
from tests.services.acts import ANA, LI, Ear, Process, held_by, queue, running, true


class Roll:
    """Who the agents are."""

    async def ids(self) -> list[str]:
        return [LI.id, ANA.id]


class Screen(Ear):
    """An agent's list as their page keeps it: rows by conversation."""

    def __init__(self, agent: Party) -> None:
        super().__init__(agent.id, staff=True, agent=agent.id)
        self.lists: dict[str, dict[str, Any]] = {}
        self.view = ""
        self.counts: dict[str, int] = {}
        self.behind = False
        self.told = 0

    @property
    def shown(self) -> dict[str, Any]:
        return self.lists[self.view]

    def deliver_ephemeral(self, frame: bytes) -> bool:
        if not self.behind:
            self.take(json.loads(frame))
            self.told += 1
        return not self.behind

    def answer(self, whole: dict[str, Any]) -> None:
        """A view's first answer: all of it."""
        self.view = whole["view"]
        self.lists[self.view] = {}
        self.take(whole)

    def take(self, change: dict[str, Any]) -> None:
        rows = self.lists[change["view"]]
        rows.update({r["conversation"]: r for r in change["rows"]})
        for conversation in change.get("gone", ()):
            del rows[conversation]
        self.counts = change["counts"]


@asynccontextmanager
async def inboxes(process: Process) -> AsyncIterator[Inboxes]:
    made = Inboxes(process.conversations, process.store.logs, process.store.places, Roll(), process.store.seats)
    async with running(made.tell()):
        yield made


async def opened(made: Inboxes, agent: Party, view: View) -> Screen:
    screen = Screen(agent)
    screen.answer(await made.follow(screen, view))
    return screen


@pytest.mark.parametrize(
    ("view", "wanted"),
    [
        ("mine", {"reserved", "held"}),
        ("queue", {"reserved", "waits"}),
        ("bot", {"reserved", "bots"}),
        ("all", {"reserved", "held", "waits", "bots", "anas"}),
        ("resolved", {"done"}),
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


async def test_another_view_takes_the_place_of_the_one_before(process: Process) -> None:
    await process.to_queue("wang")
    async with inboxes(process) as made:
        screen = await opened(made, LI, "queue")
        screen.answer(await made.follow(screen, "bot"))
        await process.say("zhang")
        made.changed("zhang")
        await process.ask("wang", c.Assign(held_by(LI)), LI)
        made.changed("wang")
        await true(lambda: set(screen.shown) == {"zhang"} and screen.counts["queue"] == 0)
        assert set(screen.lists["queue"]) == {"wang"}, "nobody tells of a view that was left"


async def test_mine_is_told_wherever_i_look(process: Process) -> None:
    await process.to_agent("wang", LI)
    async with inboxes(process) as made:
        screen = await opened(made, LI, "mine")
        for view in ("queue", "bot", "all"):
            screen.answer(await made.follow(screen, view))
        await process.say("wang", "are you there?")
        made.changed("wang")
        await true(lambda: screen.lists["mine"]["wang"]["unread"] == 1 and "wang" in screen.shown)
        await process.reserve("zhang", LI)
        made.changed("zhang")
        await true(lambda: "zhang" in screen.lists["mine"])
        assert screen.lists["queue"] == {}


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
    """A busy hub stays calm: what changes within a moment is one frame, and what changes nothing here is none."""
    async with inboxes(process) as made:
        lobby, bots = await opened(made, LI, "queue"), await opened(made, ANA, "bot")
        names = [f"c{n}" for n in range(20)]
        await asyncio.gather(*(process.to_queue(name) for name in names))
        for name in names * 3:
            made.changed(name)
        await true(lambda: set(lobby.shown) == set(names) and bots.counts["queue"] == 20)
        assert (lobby.told, bots.told) == (1, 1)
        await process.ask("c0", c.AddNote("psst"), LI)
        made.changed("c0")
        await true(lambda: lobby.told == 2)
        assert bots.told == 1


async def test_a_slow_reader_gets_the_newest_when_it_can_read_again(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frame may be dropped; what it would have told may not: the list is late, never stale."""
    monkeypatch.setattr("hub.services.inbox.RETRY_S", 0.01)
    monkeypatch.setattr("hub.services.inbox.BATCH", 3)
    async with inboxes(process) as made:
        slow, quick = await opened(made, LI, "queue"), await opened(made, ANA, "queue")
        slow.behind = True
        for name in ("a", "b", "c", "d", "e", "gone"):
            await process.to_queue(name)
            made.changed(name)
        await true(lambda: len(quick.shown) == 6)
        await process.ask("gone", c.Assign(held_by(ANA)), ANA)
        made.changed("gone")
        await process.say("a", "still here")
        made.changed("a")
        await true(lambda: "gone" not in quick.shown and bool(quick.shown["a"]["last"]["text"] == "still here"))
        assert slow.shown == {}
        slow.behind = False
        await true(lambda: slow.shown == quick.shown and slow.counts["queue"] == 5)


async def test_what_changes_while_a_view_is_read_is_told_after_its_answer(process: Process) -> None:
    """Not before: the answer, which is older, would undo it. Not never: nobody would tell of it again."""
    read, sent = asyncio.Event(), asyncio.Event()

    class Held(Logs):
        """Its answers take until `sent`."""

        async def load_several(self, conversations: list[str]) -> list[Conversation]:
            found = await super().load_several(conversations)
            read.set()
            await sent.wait()
            return found

    async def follow() -> None:
        screen.answer(await made.follow(screen, "queue"))

    await process.to_queue("wang")
    logs = Held(process.store.client, process.store.keys)
    made = Inboxes(process.conversations, logs, process.store.places, Roll(), process.store.seats)
    screen = Screen(LI)
    async with running(made.tell(), follow()):
        await read.wait()
        await process.say("wang", "one more thing")
        made.changed("wang")
        sent.set()
        await true(lambda: bool(screen.lists and screen.shown["wang"]["last"]["text"] == "one more thing"))


async def test_a_reservation_that_passes_me_by_leaves_my_list(process: Process) -> None:
    it = await process.reserve("wang", LI)
    assert belongs(it, "mine", LI.id)
    async with inboxes(process) as made:
        mine = await opened(made, LI, "mine")
        await process.ask("wang", c.DeclineReservation(), LI)
        made.changed("wang")
        await true(lambda: mine.shown == {})
    assert (await process.conversations.newest("wang")).desk.owner == queue()


async def test_what_is_resolved_is_listed_newest_first_until_it_goes_on(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.services.inbox.ROWS", 2)
    for name in ("first", "second", "third"):
        await process.to_agent(name, LI)
        process.clock.skip(1_000)
        await process.ask(name, c.Resolve(), LI)
    async with inboxes(process) as made:
        screen = await opened(made, LI, "resolved")
        assert list(screen.shown) == ["third", "second"]
        await process.ask("third", c.Reopen(), LI)
        made.changed("third")
        await process.to_agent("fourth", LI)
        await process.ask("fourth", c.Resolve(), LI)
        made.changed("fourth")
        await true(lambda: set(screen.shown) == {"second", "fourth"})


async def test_what_nobody_told_of_is_found_when_the_lists_are_read_again(process: Process) -> None:
    """The feed was interrupted, and trimmed before it was followed again."""
    await process.to_queue("leaves")
    await process.to_queue("stays")
    async with inboxes(process) as made:
        lobby, mine = await opened(made, ANA, "queue"), await opened(made, LI, "mine")
        await process.ask("leaves", c.Assign(held_by(LI)), LI)
        await process.to_queue("comes")
        assert set(lobby.shown) == {"leaves", "stays"}
        made.read_again()
        await true(lambda: set(lobby.shown) == {"stays", "comes"} and set(mine.shown) == {"leaves"})
        assert (lobby.counts["queue"], mine.counts["mine"]) == (2, 1)


async def test_a_slow_reader_is_owed_what_was_missed(process: Process) -> None:
    async with inboxes(process) as made:
        lobby = await opened(made, ANA, "queue")
        await process.to_queue("wang")
        lobby.behind = True
        made.read_again()
        await true(lambda: all("wang" in watch.owed for watch in made._every()))
        lobby.behind = False
        await true(lambda: set(lobby.shown) == {"wang"})


async def test_a_list_that_is_interrupted_while_it_opens_is_read_again(process: Process) -> None:
    class Interrupted(Logs):
        async def load_several(self, conversations: list[str]) -> list[Conversation]:
            found = await super().load_several(conversations)
            await process.to_queue("meanwhile")
            made.read_again()
            return found

    logs = Interrupted(process.store.client, process.store.keys)
    made = Inboxes(process.conversations, logs, process.store.places, Roll(), process.store.seats)
    screen = await opened(made, ANA, "queue")
    assert screen.shown == {}
    async with running(made.tell()):
        await true(lambda: set(screen.shown) == {"meanwhile"})
