"""Who is here, as every node knows it: while a socket lives, and a lease longer."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.model.errors import StoreUnavailable
from hub.services import attendance
from hub.services.attendance import Attendance
from hub.settings import Settings
from hub.store.agents import Account
from tests.services.acts import ANA, LI, Clock, Process, a_process, running, true, until
from tests.store.acts import own_valkey

LEASE_MS = 30_000


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance, "LOOK_S", 0.02)


class Node:
    """A serving process without sockets: what its agents are told."""

    def __init__(self, process: Process) -> None:
        store = process.store
        self.told: list[tuple[dict[str, str], bool]] = []
        self.attendance = Attendance(
            store.agents, store.presence, store.places, store.whispers, process.clock, LEASE_MS, self.changed
        )

    def changed(self, agents: list[dict[str, Any]], online: bool) -> None:
        self.told.append(({a["id"]: a["status"] for a in agents}, online))


async def staff(process: Process) -> None:
    for agent in (LI, ANA):
        await process.store.agents.add(Account(id=agent.id, name=agent.name, email=f"{agent.id}@example.com"))


async def test_a_colleague_comes_rests_and_goes(process: Process, other: Process) -> None:
    await staff(process)
    here, there = Node(process), Node(other)
    async with running(there.attendance.keep()):
        await true(lambda: there.told == [({"li": "offline", "ana": "offline"}, False)])
        await here.attendance.come(LI.id)
        await true(lambda: there.told[-1] == ({"li": "available", "ana": "offline"}, True))
        await here.attendance.set_status(LI.id, "away")
        await true(lambda: there.told[-1] == ({"li": "away", "ana": "offline"}, False))
        here.attendance.leave(LI.id)
        process.clock.skip(LEASE_MS)
        await true(lambda: there.told[-1] == ({"li": "offline", "ana": "offline"}, False))
    assert len(there.told) == 4, "nobody is told what they know"


async def test_a_lease_is_prolonged_while_any_socket_lives(process: Process) -> None:
    await staff(process)
    node = Node(process)

    async def until_ms() -> int:
        return max((h.until for h in await process.store.presence.here(0)), default=0)

    await node.attendance.come(LI.id)
    await node.attendance.come(LI.id)
    node.attendance.leave(LI.id)
    async with running(node.attendance.keep()):
        for _ in range(3):
            process.clock.skip(LEASE_MS - 1)
            node.attendance.look()

            async def prolonged() -> bool:
                return await until_ms() == process.clock() + LEASE_MS

            await until(prolonged)
        node.attendance.leave(LI.id)
        last = await until_ms()
        process.clock.skip(LEASE_MS)
        node.attendance.look()
        await true(lambda: node.told[-1][1] is False)
    assert await until_ms() == last


async def test_who_fails_to_come_is_not_kept_here(process: Process) -> None:
    """Counted before the store said yes, and never taken back: the agent stayed available for ever, with no socket."""

    class Away:
        async def prolong(self, agents: list[str], until_ms: int) -> None:
            if agents:
                raise StoreUnavailable

    node = Node(process)
    node.attendance._presence = Away()  # type: ignore[assignment]
    with pytest.raises(StoreUnavailable):
        await node.attendance.come(LI.id)
    assert node.attendance._sockets == {}


async def test_what_each_holds_for_a_transfer(process: Process) -> None:
    await staff(process)
    node = Node(process)
    await process.to_agent("wang", LI)
    await process.to_agent("zhang", LI)
    found = {a["id"]: (a["status"], a["load"]) for a in await node.attendance.colleagues()}
    assert found == {"li": ("offline", 2), "ana": ("offline", 0)}
    assert sorted(await node.attendance.ids()) == ["ana", "li"]
    known = node.attendance.account("li")
    assert known
    assert known.name == LI.name
    assert node.attendance.account("nobody") is None


async def test_it_goes_on_after_the_store_was_away(settings: Settings, clock: Clock, tmp_path: object) -> None:
    async with (
        own_valkey(tmp_path) as embedded,  # type: ignore[arg-type]
        a_process(settings.model_copy(update={"redis_url": embedded.url}), clock) as process,
    ):
        await staff(process)
        node = Node(process)
        await node.attendance.come(LI.id)
        async with running(node.attendance.keep()):
            await true(lambda: bool(node.told))
            await embedded.stop()
            clock.skip(LEASE_MS)
            await embedded.start()

            async def prolonged() -> bool:
                try:
                    return [h.until for h in await process.store.presence.here(0)] == [clock() + LEASE_MS]
                except StoreUnavailable:
                    return False

            await until(prolonged)


async def test_an_account_that_can_not_be_read_is_left_out_and_logged_once(process: Process) -> None:
    """It ended the process, and with it every socket of the node: one torn row was an outage."""
    await staff(process)
    accounts = process.store.keys.everywhere("agents")
    with capture_logs() as logged:
        node = Node(process)
        async with running(node.attendance.keep()):
            await true(lambda: node.told[-1:] == [({"li": "offline", "ana": "offline"}, False)])
            await process.store.client.do("HSET", accounts, "ana", '{"id": "ana", "name"')
            await true(lambda: node.told[-1:] == [({"li": "offline"}, False)])
            await node.attendance.come(LI.id)
            await true(lambda: node.told[-1:] == [({"li": "available"}, True)])
    assert [entry["agent"] for entry in logged if "agent" in entry] == ["ana"]
