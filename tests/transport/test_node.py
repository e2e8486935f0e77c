"""Covers hub/transport/node.py: who comes in, how they are welcomed, who is shown out, and the way everybody leaves."""

import asyncio
import time
from dataclasses import replace

import pytest

from hub.model.errors import (
    Draining,
    Forbidden,
    HeartbeatLost,
    Overloaded,
    StoreUnavailable,
    UnsupportedVersion,
)
from hub.settings import Settings, Site
from hub.store.logins import Logins
from hub.store.tickets import Bearer
from hub.store.whispers import Whisper
from hub.transport import node as node_module
from hub.transport.frames import FRAME_BYTES, HEARTBEAT_SECONDS, PROTOCOL
from tests.running import PATIENCE_S, Frame
from tests.transport.inside import ORIGIN, Inside, account, device, inside
from tests.transport.wires import FakeWire

AGENT = Bearer(kind="agent", origin=ORIGIN, channel="console", agent="liming")


# --- the door ---------------------------------------------------------------------------------------------


async def test_exact_origins_and_this_protocol_only(within: Inside) -> None:
    node = within.serving.node
    node.admit(ORIGIN, [PROTOCOL], "192.0.2.1")
    node.admit(ORIGIN, ["other", PROTOCOL], "192.0.2.1")
    node.admit(None, [PROTOCOL], "192.0.2.1")
    for origin in (ORIGIN + "/", ORIGIN + ".evil.example", ORIGIN.upper(), "http://hub.example", "null", ""):
        with pytest.raises(Forbidden):
            node.admit(origin, [PROTOCOL], "192.0.2.1")
    for offered in ([], ["onethread.v2"], [PROTOCOL.upper()]):
        with pytest.raises(UnsupportedVersion):
            node.admit(ORIGIN, offered, "192.0.2.1")


async def test_so_many_sockets_and_no_more(settings: Settings) -> None:
    async with inside(settings.model_copy(update={"max_sockets": 2})) as within:
        node = within.serving.node
        first, _ = node.open(FakeWire()), node.open(FakeWire())
        assert node.sockets == 2
        with pytest.raises(Overloaded):
            node.admit(ORIGIN, [PROTOCOL], "")
        first.lost()
        node.admit(ORIGIN, [PROTOCOL], "")
        for connection in list(node._open):
            connection.lost()


# --- welcome ----------------------------------------------------------------------------------------------


async def test_what_a_customer_is_told(within: Inside) -> None:
    customer = await within.customer(account("w"), name="王丽", locale="zh-CN")
    welcome = customer.welcome
    assert welcome["customer"] == {"id": customer.conversation, "name": "王丽", "anonymous": False}
    assert (welcome["heartbeat_s"], welcome["durability"]) == (HEARTBEAT_SECONDS, "fsync")
    assert welcome["limits"] == {
        "frame_bytes": FRAME_BYTES,
        "message_chars": 8_000,
        "requests_per_10s": 10_000,
        "file_bytes": 20 << 20,
    }
    assert welcome["epoch"] == (await within.state(customer.conversation)).epoch
    assert "agent" not in welcome
    assert (await within.state(customer.conversation)).who.locale == "zh-CN"


async def test_what_an_agent_is_told(within: Inside) -> None:
    agent = await within.agent("anna")
    welcome = agent.welcome
    assert welcome["agent"] == {
        "id": "anna",
        "name": "Anna Berg",
        "email": "anna@example.com",
        "role": "supervisor",
        "status": "available",
        "teams": [],
        "skills": [],
        "capacity": 4,
        "missed": 0,
    }
    assert "conversation" not in welcome
    assert agent.received[1]["t"] == "presence"


async def test_rates_are_for_sockets_that_open_from_now_on(within: Inside) -> None:
    before = await within.customer()
    within.serving.node.set_rates(2, 3)
    after, agent = await within.customer(), await within.agent()
    assert after.welcome["limits"]["requests_per_10s"] == 2
    assert agent.welcome["limits"]["requests_per_10s"] == 3
    for _ in range(3):
        await before.ask("history")
    assert [(await after.ask("history"))["t"] for _ in range(3)] == ["ack", "ack", "error"]


@pytest.mark.parametrize("bearer", [replace(AGENT, agent="nobody"), AGENT])
async def test_an_agent_without_an_account_or_a_login_is_not_let_in(within: Inside, bearer: Bearer) -> None:
    caller = await within.enter(bearer)
    assert await caller.end() == (4001, "session_revoked")
    assert caller.received == []


async def test_a_ticket_does_not_outlive_its_login(within: Inside) -> None:
    """A stolen cookie buys a ticket, the password is changed, the ticket is used: it must open nothing."""
    cookie = await within.store.logins.open("liming")
    bearer = replace(AGENT, login=within.store.logins.name(cookie))
    ticket = await within.store.tickets.issue(bearer)
    await within.serving.accounts.change_password("liming", "another password")
    wire = FakeWire(ORIGIN)
    connection = within.serving.node.open(wire)
    connection.received(b'{"t":"hello","ticket":"%b","device":"d"}' % ticket.encode())
    assert await wire.end() == (4001, "session_revoked")
    connection.lost()


async def test_an_agent_whose_welcome_failed_is_not_here(within: Inside) -> None:
    """Or their lease would be prolonged for ever, and customers would be sent to nobody."""
    statuses = within.store.keys.everywhere("presence:status")
    cookie = await within.store.logins.open("liming")
    bearer = replace(AGENT, login=within.store.logins.name(cookie))
    await within.store.client.do("SET", statuses, "no hash: reading it fails")
    caller = await within.enter(bearer)
    assert await caller.end() == (4101, "store_unavailable")
    await within.store.client.do("DEL", statuses)
    assert within.serving.attendance._sockets == {}


async def test_a_device_that_connects_again_replaces_its_first_socket(within: Inside) -> None:
    phone = await within.customer(account("w"), device="phone")
    tablet = await within.customer(account("w"), device="tablet")
    stranger = await within.customer(account("x"), device="phone")
    again = await within.customer(account("w"), device="phone")
    assert await phone.end() == (4009, "replaced")
    phone.leave()
    within.callers.remove(phone)
    for caller in (tablet, stranger, again):
        assert (await caller.say("still here"))["t"] == "ack"
    again.leave()
    within.callers.remove(again)
    held = {connection for _, connection in within.serving.node._devices.values()}
    assert held == {tablet.connection, stranger.connection}


async def test_a_device_that_connects_to_another_process_replaces_its_first_socket(settings: Settings) -> None:
    async with inside(settings) as here, inside(settings) as there:
        phone = await here.customer(account("w"), device="phone")
        tablet = await here.customer(account("w"), device="tablet")
        desk = await here.agent()
        again = await there.customer(account("w"), device="phone")
        assert await phone.end() == (4009, "replaced")
        phone.leave()
        here.callers.remove(phone)
        for caller in (again, tablet):
            assert (await caller.say("still here"))["t"] == "ack"
        assert (await desk.ask("inbox.follow", view="mine"))["t"] == "ack"


async def test_a_late_word_of_an_earlier_socket_ends_nobody(within: Inside) -> None:
    """Two processes told each other at the same time; with 4009 the device would not come back."""
    phone = await within.customer(account("w"), device="phone")
    node, [(since, held)] = within.serving.node, within.serving.node._devices.values()
    for at, id in ((since - 1, "zzz"), (since, held.id), (since, "")):
        node.whispered(Whisper(kind="seated", subject=phone.conversation, device="phone", at=at, but=id))
    assert (await phone.say("still here"))["t"] == "ack"
    node.whispered(Whisper(kind="seated", subject=phone.conversation, device="phone", at=since + 1, but="zzz"))
    assert await phone.end() == (4009, "replaced")


async def test_the_bot_names_the_site_through_which_a_customer_came(settings: Settings) -> None:
    sites = {name: Site(name=f"{name} & Co", origins=[ORIGIN]) for name in ("Lampe", "Kessel")}
    with_sites = settings.model_copy(update={"sites": sites, "demo": False})
    async with inside(with_sites, worker=True) as within:
        for name, said in (("Kessel", "Kessel & Co"), ("Lampe", "Lampe & Co"), ("gone", "")):
            bearer = Bearer(kind="customer", origin=ORIGIN, site=name, identities=(device(name),))
            guest = await within.enter(bearer)
            greeting = (await guest.event("message.created"))["d"]["content"]["text"]
            assert [site.name for site in sites.values() if site.name in greeting] == ([said] if said else [])


async def test_a_welcome_says_what_time_it_is(within: Inside) -> None:
    before = within.store.clock()
    for caller in (await within.customer(account("w")), await within.agent()):
        assert before <= caller.welcome["now"] <= within.store.clock()


async def test_what_a_machine_an_hour_ahead_says_is_due_at_the_store_s_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its deadlines, leases and events are everybody's; R8 of tests/chaos shows that no owner changes."""
    real, hour_ms = time.time_ns, 3_600_000
    latest = real() // 1_000_000 + hour_ms // 2
    monkeypatch.setattr(time, "time_ns", lambda: real() + hour_ms * 1_000_000)
    async with inside(settings, worker=True) as within:
        customer, agent = await within.customer(account("w")), await within.agent()
        await customer.say("hello")
        entry = await customer.event("message.created")
        store = within.store
        leases = [
            *await store.client.do("ZRANGE", store.keys.everywhere("workers"), 0, -1, "WITHSCORES"),
            *await store.client.do("ZRANGE", store.keys.everywhere("presence"), 0, -1, "WITHSCORES"),
        ]
        assert len(leases) == 2
        assert max(until for _, until in leases) < latest
        assert max(entry["at"], agent.welcome["now"]) < latest


async def test_two_sockets_of_an_agent_and_one_leaves(within: Inside) -> None:
    first, second = await within.agent(), await within.agent()
    first.leave()
    within.callers.remove(first)
    assert within.serving.attendance._sockets == {"liming": 1}
    assert (await second.ask("inbox.follow", view="mine"))["t"] == "ack"


# --- what other nodes whisper -----------------------------------------------------------------------------


async def test_only_whom_it_concerns_is_shown_out(within: Inside) -> None:
    phone, tablet = await within.customer(device("phone")), await within.customer(device("tablet"))
    nameless, agent = await within.customer(account("w")), await within.agent()
    say = within.store.whispers.say
    for subject in ("", "nobody"):
        await say(Whisper(kind="revoked", subject=subject or "-"))
        within.serving.node.whispered(Whisper(kind="signed_out", subject=subject))
    await say(Whisper(kind="signed_out", subject="phone"))
    assert await phone.end() == (4001, "session_revoked")
    bearer = agent.connection.bearer
    assert bearer is not None
    await say(Whisper(kind="revoked", subject=bearer.login))
    assert await agent.end() == (4001, "session_revoked")
    for other in (tablet, nameless):
        assert (await other.say("still here"))["t"] == "ack"


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_module, "SWEEP_S", 0.01)
    monkeypatch.setattr(node_module, "LOGINS_S", 0.02)


@pytest.mark.usefixtures("looks_often")
async def test_an_agent_whose_login_ran_out_is_shown_out(settings: Settings) -> None:
    """Nobody whispers when a login runs out, and a whisper can be missed: the socket stayed for as long as it lived."""
    async with inside(settings) as within:
        old, new, customer = await within.agent(), await within.agent(), await within.customer()
        bearer = old.connection.bearer
        assert bearer is not None
        await within.store.client.do("DEL", within.store.keys.everywhere(f"login:{bearer.login}"))
        assert await old.end() == (4001, "session_revoked")
        assert (await new.ask("inbox.follow", view="mine"))["t"] == "ack"
        assert (await customer.say("still here"))["t"] == "ack"


@pytest.mark.usefixtures("looks_often")
async def test_nobody_is_shown_out_because_the_store_is_away(settings: Settings) -> None:
    class Away(Logins):
        asked = 0

        async def gone(self, logins: list[str]) -> set[str]:
            self.asked += 1
            raise StoreUnavailable

    async with inside(settings) as within:
        agent = await within.agent()
        away = within.serving.node._logins = Away(within.store.client, within.store.keys, 60)
        async with asyncio.timeout(PATIENCE_S):
            while away.asked < 3:
                await asyncio.sleep(0)
        assert (await agent.ask("inbox.follow", view="mine"))["t"] == "ack"


async def test_customers_learn_whether_anybody_is_there_and_nothing_more(within: Inside) -> None:
    customer, agent = await within.customer(), await within.agent()
    await customer.until(lambda f: f["t"] == "presence")
    node = within.serving.node
    told = len(customer.received)
    for online in (True, False, False, True):
        node.presence_changed([{"id": "x", "name": "secret"}], online)
    seen = customer.received[told:]
    assert seen == [{"t": "presence", "online": False}, {"t": "presence", "online": True}]
    assert [f for f in agent.received if f["t"] == "presence" and f["agents"][0]["id"] == "x"]


# --- the way out ------------------------------------------------------------------------------------------


async def test_who_is_silent_is_closed_and_who_is_heard_is_not(within: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    silent, heard = await within.customer(), await within.customer()
    silent.connection.heard_at -= 10 * HEARTBEAT_SECONDS
    heard.connection.heard_at -= 10 * HEARTBEAT_SECONDS
    heard.send({"t": "ping"})
    monkeypatch.setattr(node_module, "SWEEP_S", 0.0)
    async with asyncio.TaskGroup() as tasks:
        sweeping = tasks.create_task(within.serving.node.sweep())
        assert await silent.end() == (HeartbeatLost.close, HeartbeatLost.code)
        sweeping.cancel()
    assert heard.wire.closed is None


async def test_draining_answers_first_and_lets_nobody_in(settings: Settings) -> None:
    async with inside(settings.model_copy(update={"drain_s": 1.0})) as within:
        node = within.serving.node
        customer, agent = await within.customer(), await within.agent()
        stranger = FakeWire()
        node.open(stranger)
        async with asyncio.TaskGroup() as tasks:
            draining = tasks.create_task(node.drain())
            await customer.until(lambda f: f["t"] == "goaway")
            with pytest.raises(Draining):
                node.admit(ORIGIN, [PROTOCOL], "")
            assert (await customer.say("just in time"))["t"] == "ack"
            for wire in (customer.wire, agent.wire, stranger):
                assert (await asyncio.shield(tasks.create_task(wire.end()))) == (4200, "draining")
            for connection in list(node._open):
                connection.lost()
            await draining
        assert node.sockets == 0
        within.callers.clear()


async def test_everybody_is_told_a_time_of_their_own(settings: Settings) -> None:
    async with inside(settings.model_copy(update={"drain_s": 0.05})) as within:
        node = within.serving.node
        wires = [FakeWire() for _ in range(40)]
        for wire in wires:
            node.open(wire)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(node.drain())
            for wire in wires:
                await wire.end()
            for connection in list(node._open):
                connection.lost()
        after: list[Frame] = [wire.frames[0] for wire in wires]
        assert all(0 <= f["reconnect_after_ms"] <= 50 for f in after)
        assert len({f["reconnect_after_ms"] for f in after}) > 10
