"""Fan-out from a real log: whatever is lost, repeated or swapped on the way, each connection sees its own once."""

import asyncio
import gc
import json
import random
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.model import commands as c
from hub.model.errors import StoreUnavailable
from hub.services.fanout import PAGE, Fanout
from hub.settings import Settings
from hub.store.logs import Logs, Stored
from tests.services.acts import LI, Clock, Ear, Process, a_process, running, true
from tests.store.acts import own_valkey


@pytest.fixture
async def fanout(process: Process) -> AsyncIterator[Fanout]:
    async with asyncio.TaskGroup() as tasks:
        yield Fanout(process.store.logs, tasks)


async def lived(fanout: Fanout, ear: Ear, seq: int = 0) -> None:
    await fanout.go_live(fanout.follow("wang", ear, seq))


async def entries(process: Process, after: int = 0) -> list[tuple[int, str, bytes]]:
    return [(e.seq, str(e.audience), e.frame) for e in await process.store.logs.after("wang", after)]


async def talk(process: Process, count: int) -> None:
    """Two entries that open the session, then `count` messages."""
    await asyncio.gather(*(process.say("wang", str(n)) for n in range(count)))


# --- coming, and staying ----------------------------------------------------------------------------


async def test_history_first_then_what_happens(process: Process, fanout: Fanout) -> None:
    await talk(process, 3)
    ear = Ear()
    await lived(fanout, ear, seq=2)
    await process.say("wang", "live")
    fanout.entries("wang", (await entries(process))[-1:])
    assert ear.seqs == [3, 4, 5, 6]
    assert json.loads(ear.frames[-1])["d"]["content"]["text"] == "live"


async def test_frames_are_handed_on_as_they_lie_in_the_log(process: Process, fanout: Fanout) -> None:
    """Encoded once: the sender's page and the agent's get the same bytes."""
    await talk(process, 1)
    ears = [Ear(), Ear(staff=True)]
    for ear in ears:
        await lived(fanout, ear)
    stored = [frame for _, _, frame in await entries(process)]
    assert ears[0].frames == ears[1].frames == stored


async def test_what_passes_by_while_history_is_read_is_not_lost(process: Process) -> None:
    """A page was on its way when the next message came: it is in neither, unless one looks again."""
    passing = asyncio.Event()

    class Overtaken(Logs):
        async def after(self, conversation: str, seq: int, limit: int = 500) -> list[Stored]:
            page = await super().after(conversation, seq, limit)
            if not passing.is_set():
                passing.set()
                await process.say("wang", "while you were reading")
                fanout.entries("wang", (await entries(process))[-1:])
            return page

    await talk(process, 2)
    async with asyncio.TaskGroup() as tasks:
        fanout = Fanout(Overtaken(process.store.client, process.store.keys), tasks)
        ear = Ear()
        await lived(fanout, ear)
        assert ear.seqs == [1, 2, 3, 4, 5]
        await process.say("wang")
        fanout.entries("wang", (await entries(process))[-1:])
        assert ear.seqs == [1, 2, 3, 4, 5, 6]


async def test_a_long_history_goes_page_by_page(process: Process, fanout: Fanout) -> None:
    """A wire may queue 256 frames: who reads faster than it writes would close itself."""
    await talk(process, 3 * PAGE)
    ear = Ear()
    await lived(fanout, ear)
    assert ear.seqs == list(range(1, 3 * PAGE + 3))
    assert ear.pages == 4


async def test_who_left_is_not_served(process: Process, fanout: Fanout) -> None:
    await talk(process, 1)
    ear, stays = Ear(), Ear()
    follower = fanout.follow("wang", ear, 3)
    await lived(fanout, stays, 3)
    fanout.unfollow(follower)
    fanout.unfollow(follower)
    await fanout.go_live(follower)
    await process.say("wang")
    fanout.entries("wang", (await entries(process))[-1:])
    assert (ear.frames, stays.seqs) == ([], [4])
    assert fanout.followed("wang")
    assert not fanout.followed("other")


# --- gaps, repeats, swaps --------------------------------------------------------------------------


async def test_a_gap_is_filled_from_the_log(process: Process, fanout: Fanout) -> None:
    await talk(process, 1)
    ear = Ear()
    await lived(fanout, ear, 3)
    await talk(process, 5)
    fanout.entries("wang", (await entries(process))[-1:])
    assert ear.seqs == [], "not before what came before it"
    await true(lambda: len(ear.seqs) == 5)
    assert ear.seqs == [4, 5, 6, 7, 8]


@pytest.mark.parametrize("seed", range(12))
async def test_any_loss_repeat_and_swap_ends_complete_and_once(process: Process, fanout: Fanout, seed: int) -> None:
    chance = random.Random(seed)
    await talk(process, 20)
    ears = [Ear(), Ear(staff=True)]
    for ear in ears:
        await lived(fanout, ear, chance.randrange(10))
    for _ in range(20):
        await (process.ask("wang", c.AddNote("psst"), LI) if chance.random() < 0.4 else process.say("wang"))
    happened = await entries(process, 22)
    noise = [e for e in happened for _ in range(chance.choice((0, 1, 1, 2)))]
    for _ in range(6):
        a, b = chance.randrange(len(noise)), chance.randrange(len(noise))
        noise[a], noise[b] = noise[b], noise[a]
    for entry in noise:
        fanout.entries("wang", [entry])
        if chance.random() < 0.3:
            await asyncio.sleep(0)
    fanout.entries("wang", happened[-1:])
    last = happened[-1][0]
    await true(lambda: all(told(ear) == last for ear in ears))
    staff = ears[1].seqs
    assert staff == list(range(staff[0], last + 1))
    seen_by_all = {seq for seq, audience, _ in await entries(process) if audience == "e"}
    assert ears[0].seqs == [s for s in range(ears[0].seqs[0], last + 1) if s in seen_by_all]


def told(ear: Ear) -> int:
    """How far a receiver knows the log to go."""
    return max((json.loads(f)["seq"] for f in ear.frames), default=0)


# --- who may see what ------------------------------------------------------------------------------


async def test_staff_events_become_one_next(process: Process, fanout: Fanout) -> None:
    """The customer's page learns where the log stands, so that its resume asks for nothing, and nothing else."""
    await talk(process, 1)
    customers, staff = Ear(), Ear(staff=True)
    for ear in (customers, staff):
        await lived(fanout, ear, 3)
    for word in ("vip", "beware", "again"):
        await process.ask("wang", c.AddNote(word), LI)
    fanout.entries("wang", (await entries(process))[-3:])
    assert customers.frames == [b'{"t":"next","conversation":"wang","seq":6}']
    assert staff.seqs == [4, 5, 6]


async def test_what_is_hidden_in_between_does_not_look_like_a_gap(process: Process, fanout: Fanout) -> None:
    await talk(process, 1)
    ear = Ear()
    await lived(fanout, ear, 3)
    for word in ("vip", "beware"):
        await process.ask("wang", c.AddNote(word), LI)
    await process.say("wang")
    fanout.entries("wang", (await entries(process))[-3:])
    assert [(f["t"], f["seq"]) for f in map(json.loads, ear.frames)] == [("next", 5), ("event", 6)]


async def test_history_that_ends_with_notes_says_where_it_ends(process: Process, fanout: Fanout) -> None:
    await talk(process, 1)
    await process.ask("wang", c.AddNote("vip"), LI)
    ear = Ear()
    await lived(fanout, ear)
    assert (ear.seqs, json.loads(ear.frames[-1])) == ([1, 2, 3], {"t": "next", "conversation": "wang", "seq": 4})


async def test_ephemeral_frames_go_to_everybody_but_one(fanout: Fanout) -> None:
    author, page, agent, elsewhere = Ear("author"), Ear("page"), Ear("agent", staff=True), Ear("elsewhere")
    for ear in (author, page, agent):
        fanout.follow("wang", ear, 0)
    fanout.follow("other", elsewhere, 0)
    fanout.ephemeral("wang", b"typing", staff_only=False, but="author")
    fanout.ephemeral("wang", b"preview", staff_only=True)
    fanout.ephemeral("nobody", b"lost", staff_only=False)
    assert [ear.whispered for ear in (author, page, agent, elsewhere)] == [
        [],
        [b"typing"],
        [b"typing", b"preview"],
        [],
    ]


# --- the store is away ------------------------------------------------------------------------------


async def test_after_an_interruption_everybody_reads_the_log(process: Process, fanout: Fanout) -> None:
    await talk(process, 1)
    ears = [Ear(), Ear()]
    for ear in ears:
        await lived(fanout, ear, 3)
    await talk(process, 2)
    fanout.catch_up_all()
    await true(lambda: all(ear.seqs == [4, 5] for ear in ears))


async def test_a_follower_waits_for_a_store_that_is_away(settings: Settings, clock: Clock, tmp_path: Path) -> None:
    async with (
        own_valkey(tmp_path) as embedded,
        a_process(settings.model_copy(update={"redis_url": embedded.url}), clock) as process,
        asyncio.TaskGroup() as tasks,
    ):
        await talk(process, 2)
        fanout = Fanout(process.store.logs, tasks)
        await embedded.stop()
        with pytest.raises(StoreUnavailable):
            await process.store.logs.after("wang", 0)
        ear = Ear()
        async with running(fanout.go_live(fanout.follow("wang", ear, 0))):
            await embedded.start()
            await true(lambda: ear.seqs == [1, 2, 3, 4])


async def test_who_follows_no_more_is_let_go_of_without_the_collector(fanout: Fanout) -> None:
    """It runs seldom; a soak with connections that came and went grew by 28 % an hour (docs/reliability.md, R11)."""
    ear = Ear()
    gone = weakref.ref(ear)
    follower = fanout.follow("wang", ear, 0)
    ear.follower = follower  # type: ignore[attr-defined]  # as a connection has it
    gc.disable()
    try:
        fanout.unfollow(follower)
        del ear, follower
        assert gone() is None
    finally:
        gc.enable()
