"""Deadlines are swept: each comes true once, at its time, whatever the sweeping process last knew."""

import pytest

from hub.model import commands as c
from hub.services import deadlines
from hub.services.deadlines import Deadlines
from tests.services.acts import ANA, BOT, LI, POLICY, Process, held_by, running, text, until

EVERY = frozenset(range(4))


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "EVERY_S", 0.01)


def sweeping(process: Process) -> Deadlines:
    return Deadlines(process.store.places, process.conversations, POLICY, process.clock)


async def happens(process: Process, type: str, conversation: str = "wang") -> None:
    async def there() -> bool:
        return type in await process.types(conversation)

    await until(there)


async def swept(process: Process, by: Process | None = None) -> None:
    """Returns when nothing is overdue."""
    async with running(sweeping(by or process).sweep(lambda: EVERY)):

        async def nothing_left() -> bool:
            return not await process.store.places.overdue(sorted(EVERY), process.clock())

        await until(nothing_left)


async def test_a_reservation_expires(process: Process) -> None:
    await process.reserve("wang")
    process.clock.skip(POLICY.reservation_ms - 1)
    await swept(process)
    assert "reservation.expired" not in await process.types("wang")
    process.clock.skip(1)
    await swept(process)
    it = await process.conversations.newest("wang")
    assert it.desk.reservation is None
    assert it.desk.declined == (LI.id,)
    assert (await process.types("wang")).count("reservation.expired") == 1


async def test_who_waits_long_is_told_once(process: Process) -> None:
    await process.to_queue("wang")
    process.clock.skip(POLICY.queue_notice_ms)
    await swept(process)
    process.clock.skip(POLICY.queue_notice_ms * 10)
    await swept(process)
    assert (await process.types("wang")).count("queue.waited") == 1


async def test_a_bot_that_died_is_replaced_by_a_person(process: Process) -> None:
    await process.say("wang")
    process.clock.skip(2 * POLICY.bot_ms)
    await swept(process)
    [*_, last] = await process.log("wang")
    assert (last["type"], last["d"]["reason"], last["d"]["owner"]["kind"]) == ("owner.changed", "bot_failed", "queue")


async def test_a_bot_that_answered_is_left_alone(process: Process) -> None:
    said = await process.say("wang")
    await process.ask("wang", c.BotTurn(1, said.seq, (text("hi"),)), BOT)
    process.clock.skip(10 * POLICY.bot_ms)
    await swept(process)
    assert (await process.types("wang"))[-1] == "message.created"


async def test_a_snoozed_conversation_wakes(process: Process) -> None:
    await process.to_agent("wang")
    await process.ask("wang", c.Snooze(process.clock() + 3_600_000), LI)
    process.clock.skip(3_600_000)
    await swept(process)
    assert (await process.types("wang"))[-1] == "conversation.woken"


async def test_a_deadline_that_the_state_does_not_know_is_dropped(process: Process) -> None:
    await process.to_agent("wang")
    place = process.store.keys.of("wang") + "due"
    await process.store.client.do("ZADD", place, 1, "bot:wang", 1, "nonsense:wang", 1, "queue:nobody")
    before = await process.types("wang")
    await swept(process)
    assert await process.types("wang") == before
    assert await process.types("nobody") == []


async def test_a_deadline_that_moved_is_looked_at_then(process: Process) -> None:
    it = await process.reserve("wang")
    assert it.desk.reservation
    place = process.store.keys.of("wang") + "due"
    await process.store.client.do("ZADD", place, 1, "reservation:wang")
    await swept(process)
    assert float(await process.store.client.do("ZSCORE", place, "reservation:wang")) == it.desk.reservation.until


async def test_a_sweeper_that_lags_drops_nothing(process: Process, other: Process) -> None:
    """It took over the shard of a killed worker, and last saw the conversation before it was reserved: it dropped the
    deadline, and the customer waited for an agent who had been asked for ever."""
    await process.to_queue("wang")
    await other.conversations.state("wang")
    it = await process.conversations.newest("wang")
    until_ms = process.clock() + 20_000
    await process.ask("wang", c.Reserve(LI.id, LI.name, until_ms, it.desk.tenure))
    process.clock.skip(20_000)
    await swept(process, by=other)
    assert (await process.types("wang"))[-1] == "reservation.expired"


async def test_two_sweepers_make_one_event(process: Process, other: Process) -> None:
    names = [f"c{n}" for n in range(12)]
    for name in names:
        await process.reserve(name)
    process.clock.skip(POLICY.reservation_ms)
    async with running(sweeping(process).sweep(lambda: EVERY), sweeping(other).sweep(lambda: EVERY)):
        for name in names:
            await happens(process, "reservation.expired", name)
    for name in names:
        assert (await process.types(name)).count("reservation.expired") == 1


async def test_only_the_shards_in_hand_are_swept(process: Process) -> None:
    names = [f"c{n}" for n in range(12)]
    for name in names:
        await process.reserve(name)
    process.clock.skip(POLICY.reservation_ms)
    mine = [name for name in names if process.store.keys.of(name) == process.store.keys.shard(0)]
    assert 0 < len(mine) < 12
    async with running(sweeping(process).sweep(lambda: frozenset({0}))):
        for name in mine:
            await happens(process, "reservation.expired", name)
    left = [name for name in names if "reservation.expired" not in await process.types(name)]
    assert left == [name for name in names if name not in mine]


async def test_accepted_in_time_is_accepted(process: Process) -> None:
    await process.reserve("wang", ANA)
    await process.ask("wang", c.AcceptReservation(), ANA)
    process.clock.skip(POLICY.reservation_ms)
    await swept(process)
    assert (await process.conversations.newest("wang")).desk.owner == held_by(ANA)
