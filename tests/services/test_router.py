"""Routing on a real store: who waits longest and matters most is offered to who is free, until somebody accepts."""

import pytest

from hub.model import commands as c
from hub.model.conversation import ASK_AGAIN_MS
from hub.model.crm import Context, CrmCustomer
from hub.model.events import Event, Logged, OwnerChanged, ReservationDeclined, ReservationExpired
from hub.model.owner import Owner, OwnerKind
from hub.model.party import SYSTEM, Party
from hub.services import router
from hub.services.accounts import Accounts
from hub.services.deadlines import Deadlines
from hub.services.router import LEAVING_MS, STRAYS_MS, Router
from hub.store.agents import Account
from hub.store.leases import Leases
from hub.store.places import Places
from tests.services.acts import ANA, LI, POLICY, Process, held_by, queue, running, true, until

HERE_MS = 60 * 60_000


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "EVERY_S", 0.01)


def routing(process: Process, holder: str = "w1") -> Router:
    store = process.store
    leases = Leases(store.client, store.keys, holder, 60_000)
    return Router(
        process.conversations,
        store.logs,
        store.places,
        store.agents,
        store.presence,
        store.seats,
        leases,
        process.clock,
        POLICY.reservation_ms,
        3,
    )


async def employed(process: Process, agent: Party = LI, **more: object) -> None:
    """Has an account, and need not be here."""
    account = {"id": agent.id, "name": agent.name, "email": f"{agent.id}@example.com", **more}
    await process.store.agents.add(Account.model_validate(account))


async def present(process: Process, agent: Party = LI, capacity: int = 4, **more: object) -> None:
    await employed(process, agent, capacity=capacity, **more)
    await process.store.presence.prolong([agent.id], process.clock() + HERE_MS)


async def offered(process: Process, conversation: str) -> str:
    """The agent who is asked; waits until somebody is."""

    async def asked() -> str:
        held = (await process.conversations.newest(conversation)).desk.reservation
        return held.agent if held else ""

    return await until(asked)


async def held_for(process: Process, names: list[str]) -> dict[str, str]:
    its = await process.store.logs.load_several(names)
    return {it.id: it.desk.reservation.agent for it in its if it.desk.reservation}


async def reservations(process: Process, names: list[str], count: int) -> dict[str, str]:
    async def enough() -> bool:
        return len(await held_for(process, names)) >= count

    await until(enough)
    return await held_for(process, names)


async def tier(process: Process, conversation: str, name: str) -> None:
    customer = CrmCustomer(source="local", source_id="1", external_id="x", name="x", tier=name)  # type: ignore[arg-type]
    context = Context(crm="local", outcome="found", as_of=0, customer=customer)
    await process.ask(conversation, c.AttachContext(context))


# --- who is next ----------------------------------------------------------------------------------------


async def test_who_waits_longest_is_next(process: Process) -> None:
    names = ["c", "a", "b"]
    for name in names:
        await process.to_queue(name)
        process.clock.skip(1_000)
    await present(process, capacity=1)
    async with running(routing(process).route()):
        assert await reservations(process, names, 1) == {"c": LI.id}
        await process.ask("c", c.AcceptReservation(), LI)
        await process.ask("c", c.Resolve(), LI)
        assert await offered(process, "a") == LI.id


async def test_who_comes_back_is_offered_to_the_agent_who_knows_them(process: Process) -> None:
    await process.to_agent("wang", ANA)
    await process.ask("wang", c.Resolve(), ANA)
    await present(process, LI)
    await present(process, ANA)
    await process.store.presence.note_asked(ANA.id, process.clock())  # so it would be Li's turn
    await process.to_queue("wang")
    async with running(routing(process).route()):
        assert await offered(process, "wang") == ANA.id


async def test_a_better_tier_has_a_head_start_and_nobody_starves(process: Process) -> None:
    await process.to_queue("standard-long")
    process.clock.skip(5 * 60_000 + 1)
    await process.to_queue("standard")
    await process.to_queue("gold")
    await tier(process, "gold", "gold")
    await present(process, capacity=1)
    async with running(routing(process).route()):
        for wanted in ("standard-long", "gold", "standard"):
            assert await offered(process, wanted) == LI.id
            await process.ask(wanted, c.AcceptReservation(), LI)
            await process.ask(wanted, c.Resolve(), LI)


async def test_an_agent_is_asked_for_no_more_than_fits(process: Process) -> None:
    names = [f"c{n}" for n in range(5)]
    for name in names:
        await process.to_queue(name)
    await process.to_agent("held", LI)
    await present(process, capacity=3)
    async with running(routing(process).route()):
        first = await reservations(process, names, 2)
        await process.ask(next(iter(first)), c.AcceptReservation(), LI)
        await process.to_queue("later")
        await present(process, ANA, capacity=1)
        all_of_them = await reservations(process, [*names, "later"], 2)
    assert sorted(all_of_them.values()) == [ANA.id, LI.id]


async def test_a_team_asks_its_own(process: Process) -> None:
    await process.to_queue("wang", team="repairs")
    await present(process, LI, teams=("sales",))
    await present(process, ANA, teams=("sales", "repairs"))
    async with running(routing(process).route()):
        assert await offered(process, "wang") == ANA.id


async def test_who_is_away_or_not_here_is_not_asked(process: Process) -> None:
    await process.to_queue("wang")
    await present(process, LI)
    await process.store.presence.set_status(LI.id, "away")
    async with running(routing(process).route()):
        await present(process, ANA)
        assert await offered(process, "wang") == ANA.id


# --- until somebody accepts --------------------------------------------------------------------------------


async def test_declined_the_next_one_is_asked_and_later_the_first_again(process: Process) -> None:
    await process.to_queue("wang")
    await present(process, LI)
    async with running(routing(process).route()):
        assert await offered(process, "wang") == LI.id
        process.clock.skip(1)
        await process.ask("wang", c.DeclineReservation("lunch"), LI)
        await present(process, ANA)
        assert await offered(process, "wang") == ANA.id
        await process.store.presence.set_status(ANA.id, "away")
        await process.ask("wang", c.DeclineReservation(), ANA)
        process.clock.skip(ASK_AGAIN_MS)
        assert await offered(process, "wang") == LI.id


async def test_an_offer_that_passes_goes_to_the_next_one(process: Process) -> None:
    await process.to_queue("wang")
    await present(process, LI)
    deadlines = Deadlines(process.store.places, process.conversations, POLICY, process.clock)
    async with running(routing(process).route(), deadlines.sweep(lambda: frozenset(range(4)))):
        assert await offered(process, "wang") == LI.id
        await present(process, ANA)
        process.clock.skip(POLICY.reservation_ms)

        async def ana_is_asked() -> bool:
            return await offered(process, "wang") == ANA.id

        assert await until(ana_is_asked)


async def test_who_lets_offer_after_offer_pass_is_away_until_they_say_otherwise(process: Process) -> None:
    await process.to_queue("wang")
    await present(process, LI)
    at = routing(process)
    deadlines = Deadlines(process.store.places, process.conversations, POLICY, process.clock)

    async def told(event: Event) -> None:
        await at.poke(Logged("wang", 1, process.clock(), SYSTEM, "x", "", event))

    async def passes() -> None:
        assert await offered(process, "wang") == LI.id
        process.clock.skip(POLICY.reservation_ms)

        async def passed() -> bool:
            return (await process.conversations.newest("wang")).desk.reservation is None

        assert await until(passed)
        await told(ReservationExpired(agent=LI.id))
        process.clock.skip(ASK_AGAIN_MS)

    async def li() -> tuple[str, int]:
        (here,) = await process.store.presence.here(process.clock())
        return here.status, here.missed

    async with running(at.route(), deadlines.sweep(lambda: frozenset(range(4)))):
        await passes()
        await passes()
        assert await li() == ("available", 2)
        await told(ReservationDeclined(agent=LI.id))
        assert await li() == ("available", 0)
        await passes()
        await passes()
        await told(OwnerChanged(owner=Owner(kind=OwnerKind.AGENT, id=LI.id), tenure=9, reason="accepted"))
        assert await li() == ("available", 0)
        await passes()
        await passes()
        await passes()
        assert await li() == ("away", 3)
        await process.store.presence.set_status(LI.id, "available")
        assert await li() == ("available", 0)
        assert await offered(process, "wang") == LI.id


async def test_a_router_on_another_process_offers_again_what_was_declined_elsewhere(
    process: Process, other: Process
) -> None:
    """It follows none of the feeds, and must not act on what it made of the conversation last time."""
    await process.to_queue("wang")
    await present(process, LI)
    async with running(routing(other).route()):
        assert await offered(process, "wang") == LI.id
        process.clock.skip(1)
        await process.ask("wang", c.DeclineReservation(), LI)
        await present(process, ANA)
        assert await offered(process, "wang") == ANA.id


async def test_one_worker_routes_and_two_do_no_harm(process: Process, other: Process) -> None:
    names = [f"c{n}" for n in range(8)]
    for name in names:
        await process.to_queue(name)
    await present(process, LI, capacity=8)
    async with running(routing(process).route(), routing(other, "w2").route()):
        await reservations(process, names, 8)
    for name in names:
        assert (await process.types(name)).count("reservation.made") == 1


# --- who vanishes ----------------------------------------------------------------------------------------


async def given_back(process: Process, conversation: str) -> str:
    """Why it stands in the queue; waits until it does."""

    async def waits() -> bool:
        return (await process.conversations.newest(conversation)).desk.owner.kind is OwnerKind.QUEUE

    await until(waits)
    return str([e for e in await process.log(conversation) if e["type"] == "owner.changed"][-1]["d"]["reason"])


async def test_what_a_vanished_agent_held_is_given_back_and_offered_on(process: Process, other: Process) -> None:
    await present(process, LI)
    for name in ("wang", "zhang"):
        await process.to_agent(name, LI)
    async with running(routing(other).route()):
        process.clock.skip(HERE_MS + LEAVING_MS)
        for name in ("wang", "zhang"):
            assert await given_back(process, name) == "agent_unreachable"
        await present(process, ANA)
        assert await offered(process, "wang") == ANA.id

        async def off_the_list() -> bool:
            return await process.store.presence.gone(process.clock()) == []

        assert await until(off_the_list)


async def test_vanished_twice_given_back_twice(process: Process, other: Process) -> None:
    """The router's process had last seen it before: under an old id, the second time looked like the first."""
    for _ in range(2):
        await present(process, LI)
        process.conversations.forget_all()
        await process.ask("wang", c.Assign(held_by(LI)), LI)
        async with running(routing(other).route()):
            process.clock.skip(HERE_MS + LEAVING_MS)
            assert await given_back(process, "wang") == "agent_unreachable"
            assert (await process.conversations.newest("wang")).desk.owner == queue()
    reasons = [e["d"]["reason"] for e in await process.log("wang") if e["type"] == "owner.changed"]
    assert reasons == ["taken", "agent_unreachable"] * 2


async def test_a_reload_is_no_farewell(process: Process) -> None:
    await present(process, LI)
    await process.to_agent("wang", LI)
    async with running(routing(process).route()):
        process.clock.skip(HERE_MS - 1)
        await present(process, LI)
        process.clock.skip(LEAVING_MS)
        await process.to_queue("zhang")
        assert await offered(process, "zhang") == LI.id
    assert (await process.conversations.newest("wang")).desk.owner == held_by(LI)


async def test_who_signs_out_leaves_for_that_reason(process: Process, other: Process) -> None:
    """The router was quicker with some of them: agent_unreachable, of somebody who said goodbye."""

    class Backwards(Places):
        async def members(self, place: str, limit: int = 500) -> list[str]:
            return (await super().members(place, limit))[::-1]  # so that the two meet in the middle

    store = process.store
    await present(process, LI)
    names = [f"c{n}" for n in range(20)]
    for name in names:
        await process.to_agent(name, LI)
    accounts = Accounts(
        store.agents,
        store.logins,
        store.presence,
        Backwards(store.client, store.keys),
        store.throttle,
        store.whispers,
        process.conversations,
        process.clock,
    )
    cookie = await store.logins.open(LI.id)
    async with running(routing(other).route()):
        await accounts.sign_out(cookie)
        for name in names:
            assert await given_back(process, name) == "agent_left"
        process.clock.skip(LEAVING_MS)

        async def off_the_list() -> bool:
            return await store.presence.gone(process.clock()) == []

        assert await until(off_the_list)
    assert await held_for(process, names) == {}, "nobody is there to be asked"


# --- who was never here ------------------------------------------------------------------------------------


async def looked(process: Process, at: Router, *strays: tuple[str, str]) -> None:
    """Returns when a look at this time found exactly these (agent, conversation); then it is time for the next one."""
    await true(lambda: at._looked_at == process.clock() and at._strays == frozenset(strays))
    process.clock.skip(STRAYS_MS)


async def test_what_somebody_was_given_who_is_not_here_is_given_back(process: Process, other: Process) -> None:
    """No lease of theirs runs out, so nobody noticed: the customer waited for nobody, for ever."""
    await employed(process, LI)
    await process.to_agent("wang", LI)
    at = routing(other)
    async with running(at.route()):
        await looked(process, at, (LI.id, "wang"))
        assert await given_back(process, "wang") == "agent_unreachable"


async def test_who_left_before_a_merge_was_undone_does_not_keep_the_visitor(process: Process, other: Process) -> None:
    await employed(process, LI)
    await process.to_agent("guest", LI)
    await process.ask("guest", c.MergeInto("wang", ()))
    await process.ask("guest", c.Release("wang"), ANA)
    at = routing(other)
    async with running(at.route()):
        await looked(process, at, (LI.id, "guest"))
        assert await given_back(process, "guest") == "agent_unreachable"


async def test_who_comes_between_two_looks_keeps_what_is_theirs(process: Process) -> None:
    await employed(process, LI)
    await process.to_agent("wang", LI)
    at = routing(process)
    async with running(at.route()):
        await looked(process, at, (LI.id, "wang"))
        await present(process, LI)
        await true(lambda: at._strays == frozenset())
        process.clock.skip(STRAYS_MS)
        await process.to_queue("zhang")
        assert await offered(process, "zhang") == LI.id
    assert (await process.conversations.newest("wang")).desk.owner == held_by(LI)


async def test_one_look_is_not_enough(process: Process) -> None:
    """Somebody may be about to come, or to sign out and say so: the first look gives back nothing."""
    await employed(process, LI)
    await process.to_agent("wang", LI)
    await present(process, ANA)
    at = routing(process)
    async with running(at.route()):
        await true(lambda: at._strays == {(LI.id, "wang")})
        for name in ("c1", "c2"):  # rounds go by
            await process.to_queue(name)
            assert await offered(process, name) == ANA.id
    assert (await process.conversations.newest("wang")).desk.owner == held_by(LI)


async def test_an_account_that_can_not_be_read_holds_nothing_back(process: Process) -> None:
    await employed(process, LI)
    await process.to_agent("wang", LI)
    await process.store.client.do("HSET", process.store.keys.everywhere("agents"), LI.id, "torn{")
    await present(process, ANA)
    at = routing(process)
    async with running(at.route()):
        await looked(process, at, (LI.id, "wang"))
        assert await given_back(process, "wang") == "agent_unreachable"
        assert await offered(process, "wang") == ANA.id


# --- who snoozed -------------------------------------------------------------------------------------------


async def test_a_snoozed_one_stays_until_it_wakes(process: Process, other: Process) -> None:
    """Put off until tomorrow on purpose: its agent's going home is no reason to hand it to somebody tonight."""
    await present(process, LI)
    for name in ("wang", "zhang"):
        await process.to_agent(name, LI)
    wakes_at = process.clock() + 2 * HERE_MS
    await process.ask("wang", c.Snooze(wakes_at), LI)
    at = routing(other)
    deadlines = Deadlines(process.store.places, process.conversations, POLICY, process.clock)
    async with running(at.route(), deadlines.sweep(lambda: frozenset(range(4)))):
        process.clock.skip(HERE_MS + LEAVING_MS)
        assert await given_back(process, "zhang") == "agent_unreachable"
        for _ in range(3):
            await looked(process, at)
        it = await process.conversations.newest("wang")
        assert (it.desk.owner, it.desk.snoozed_until) == (held_by(LI), wakes_at)
        process.clock.skip(wakes_at - process.clock())

        async def back() -> bool:
            process.clock.skip(STRAYS_MS)
            return (await process.conversations.newest("wang")).desk.owner.kind is OwnerKind.QUEUE

        assert await until(back)
    assert (await process.types("wang"))[-2:] == ["conversation.woken", "owner.changed"]
    assert await given_back(process, "wang") == "agent_unreachable"
