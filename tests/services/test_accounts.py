"""Signing in and out: guessing gets slow, nobody learns who exists, and who leaves leaves nothing behind."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from argon2 import PasswordHasher

from hub.model import commands as c
from hub.model.errors import AuthFailed, BadRequest, ThrottledLogin
from hub.services.accounts import PASSWORD_CHARS, PER_ACCOUNT, PER_ADDRESS, WINDOW_S, Accounts
from hub.store.agents import Account
from hub.store.logins import Logins
from hub.store.whispers import Whisper
from tests.services.acts import ANA, LI, Process, held_by, queue, running, true, until

PASSWORD = "correct horse"
# Real argon2 with cheap parameters: half a second for each try would be most of these tests' time.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def accounts(process: Process) -> Accounts:
    store = process.store
    return Accounts(
        store.agents,
        store.logins,
        store.presence,
        store.places,
        store.throttle,
        store.whispers,
        process.conversations,
        process.clock,
    )


@pytest.fixture
async def staff(process: Process) -> Accounts:
    """Li and Ana have accounts."""
    for agent in (LI, ANA):
        email = f"{agent.id}@example.com"
        account = Account(id=agent.id, name=agent.name, email=email, password=QUICK.hash(PASSWORD))
        await process.store.agents.add(account)
    made = accounts(process)
    made._nobody = QUICK.hash("nobody")
    return made


@asynccontextmanager
async def hearing(process: Process) -> AsyncIterator[list[Whisper]]:
    heard: list[Whisper] = []

    async def hear() -> None:
        async for whisper in process.store.whispers.hear():
            heard.append(whisper)

    async def listening() -> bool:
        channel = process.store.keys.everywhere("whispers")
        return bool((await process.store.client.do("PUBSUB", "NUMSUB", channel))[1])

    async with running(hear()):
        await until(listening)
        yield heard


async def test_signing_in_gives_a_cookie_that_says_who_it_is(staff: Accounts) -> None:
    account, cookie = await staff.sign_in("LI@example.com", PASSWORD, "10.0.0.1")
    assert account.id == LI.id
    again, login = await staff.signed_in(cookie)
    assert (again, login) == (account, staff._logins.name(cookie))
    for wrong in ("", cookie[:-1], login):
        with pytest.raises(AuthFailed):
            await staff.signed_in(wrong)


@pytest.mark.parametrize("attempt", [("li@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("", "")])
async def test_nobody_learns_what_was_wrong(staff: Accounts, attempt: tuple[str, str]) -> None:
    with pytest.raises(AuthFailed) as refused:
        await staff.sign_in(*attempt, "10.0.0.1")
    assert refused.value.detail == "wrong e-mail address or password"


async def test_an_unknown_address_costs_as_much_as_a_known_one(
    process: Process, monkeypatch: pytest.MonkeyPatch, staff: Accounts
) -> None:
    """One hash each is compared, of the same cost, whether or not somebody has the address."""
    compared: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hash: str, password: str) -> bool:
        compared.append(hash)
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    fresh = accounts(process)
    await fresh.add(Account(id="real", name="Real", email="real@example.com"), PASSWORD)
    for email in ("real@example.com", "nobody@example.com", "nobody@example.com"):
        with pytest.raises(AuthFailed):
            await fresh.sign_in(email, "wrong password", "10.0.0.1")
    assert len(compared) == 3
    assert len({hash.rpartition("$")[0].rpartition("$")[0] for hash in compared}) == 1, "the same parameters"


# --- guessing gets slow --------------------------------------------------------------------------------------


async def attempts(staff: Accounts, email: str, address: str, count: int) -> list[type[Exception]]:
    problems: list[type[Exception]] = []
    for _ in range(count):
        try:
            await staff.sign_in(email, "wrong", address)
        except (AuthFailed, ThrottledLogin) as problem:
            problems.append(type(problem))
    return problems


async def test_guessing_at_one_account_is_stopped_from_wherever_it_comes(staff: Accounts) -> None:
    for n in range(PER_ACCOUNT):
        assert await attempts(staff, "li@example.com", f"10.0.0.{n}", 1) == [AuthFailed]
    with pytest.raises(ThrottledLogin) as stopped:
        await staff.sign_in("Li@Example.com", PASSWORD, "10.9.9.9")
    assert stopped.value.retry_after is not None
    assert 0 < stopped.value.retry_after <= WINDOW_S
    account, _ = await staff.sign_in("ana@example.com", PASSWORD, "10.0.0.1")
    assert account.id == ANA.id


async def test_guessing_from_one_address_is_stopped_at_whatever_accounts(staff: Accounts) -> None:
    tried = [await attempts(staff, f"a{n}@example.com", "10.0.0.1", 1) for n in range(PER_ADDRESS)]
    assert tried == [[AuthFailed]] * PER_ADDRESS
    with pytest.raises(ThrottledLogin) as stopped:
        await staff.sign_in("li@example.com", PASSWORD, "10.0.0.1")
    assert stopped.value.retry_after
    await staff.sign_in("li@example.com", PASSWORD, "10.0.0.2")


async def test_what_is_stopped_is_not_even_compared(staff: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash takes half a second of a core: being throttled must not cost that."""
    await attempts(staff, "li@example.com", "10.0.0.1", PER_ACCOUNT)
    monkeypatch.setattr(PasswordHasher, "verify", lambda *_: pytest.fail("compared"))
    assert await attempts(staff, "li@example.com", "10.0.0.1", 3) == [ThrottledLogin] * 3


async def test_one_line_s_ipv6_addresses_count_as_one(staff: Accounts) -> None:
    """Whoever has a /64 has 2^64 addresses: one for each guess."""
    for n in range(PER_ADDRESS):
        assert await attempts(staff, f"a{n}@example.com", f"2001:db8:1:2::{n:x}", 1) == [AuthFailed]
    assert await attempts(staff, "li@example.com", "2001:db8:1:2:ffff::1", 1) == [ThrottledLogin]
    assert await attempts(staff, "li@example.com", "2001:db8:1:3::1", 1) == [AuthFailed]


async def test_a_right_password_forgives_the_wrong_ones(staff: Accounts) -> None:
    for _ in range(3):
        await attempts(staff, "li@example.com", "10.0.0.1", PER_ACCOUNT - 1)
        await staff.sign_in("li@example.com", PASSWORD, "10.0.0.1")


# --- leaving -------------------------------------------------------------------------------------------------


async def test_signing_out_gives_everything_back_with_that_reason(process: Process, staff: Accounts) -> None:
    _, cookie = await staff.sign_in("li@example.com", PASSWORD, "10.0.0.1")
    await process.store.presence.prolong([LI.id], process.clock() + 60_000)
    for name in ("wang", "zhang"):
        await process.to_agent(name, LI)
    await process.to_agent("other", ANA)
    async with hearing(process) as heard:
        await staff.sign_out(cookie)
        await true(lambda: heard == [Whisper(kind="revoked", subject=staff._logins.name(cookie))])
    for name in ("wang", "zhang"):
        it = await process.conversations.newest(name)
        assert it.desk.owner == queue()
        assert (await process.log(name))[-1]["d"]["reason"] == "agent_left"
    assert (await process.conversations.newest("other")).desk.owner == held_by(ANA)
    assert await process.store.presence.here(process.clock()) == []
    for again in (staff.signed_in(cookie), staff.sign_out(cookie)):
        with pytest.raises(AuthFailed):
            await again


async def test_signing_out_leaves_what_was_snoozed(process: Process, staff: Accounts) -> None:
    _, cookie = await staff.sign_in("li@example.com", PASSWORD, "10.0.0.1")
    for name in ("wang", "zhang"):
        await process.to_agent(name, LI)
    await process.ask("wang", c.Snooze(process.clock() + 60_000), LI)
    await staff.sign_out(cookie)
    assert (await process.conversations.newest("wang")).desk.owner == held_by(LI)
    assert (await process.conversations.newest("zhang")).desk.owner == queue()


async def test_who_is_signed_in_elsewhere_keeps_what_is_theirs(process: Process, staff: Accounts) -> None:
    _, desk = await staff.sign_in("li@example.com", PASSWORD, "10.0.0.1")
    _, phone = await staff.sign_in("li@example.com", PASSWORD, "10.0.0.2")
    await process.store.presence.prolong([LI.id], process.clock() + 60_000)
    await process.to_agent("wang", LI)
    await staff.sign_out(phone)
    assert (await process.conversations.newest("wang")).desk.owner == held_by(LI)
    assert len(await process.store.presence.here(process.clock())) == 1
    await staff.sign_out(desk)
    assert (await process.conversations.newest("wang")).desk.owner == queue()


async def test_a_node_that_lags_gives_everything_back_too(process: Process, other: Process, staff: Accounts) -> None:
    await process.to_queue("wang")
    await other.conversations.state("wang")
    await process.to_agent("wang", LI)
    _, cookie = await staff.sign_in("li@example.com", PASSWORD, "10.0.0.1")
    await accounts(other).sign_out(cookie)
    assert (await process.conversations.newest("wang")).desk.owner == queue()


async def test_a_new_password_ends_every_login(process: Process, staff: Accounts) -> None:
    cookies = [(await staff.sign_in("li@example.com", PASSWORD, "10.0.0.1"))[1] for _ in range(2)]
    _, anas = await staff.sign_in("ana@example.com", PASSWORD, "10.0.0.1")
    async with hearing(process) as heard:
        await staff.change_password(LI.id, "another password")
        await true(lambda: len(heard) == 2)
    assert {w.subject for w in heard} == {staff._logins.name(cookie) for cookie in cookies}
    assert {w.kind for w in heard} == {"revoked"}
    for cookie in cookies:
        with pytest.raises(AuthFailed):
            await staff.signed_in(cookie)
    assert (await staff.signed_in(anas))[0].id == ANA.id
    with pytest.raises(AuthFailed):
        await staff.sign_in("li@example.com", PASSWORD, "10.0.0.1")
    assert (await staff.sign_in("li@example.com", "another password", "10.0.0.1"))[0].id == LI.id


async def test_a_new_password_gives_everything_back_as_signing_out_does(process: Process, staff: Accounts) -> None:
    """They are out, on all devices: an offer to them would wait in vain for its whole time."""
    for address in ("10.0.0.1", "10.0.0.2"):
        await staff.sign_in("li@example.com", PASSWORD, address)
    await process.store.presence.prolong([LI.id, ANA.id], process.clock() + 60_000)
    for name in ("wang", "zhang"):
        await process.to_agent(name, LI)
    await process.to_agent("other", ANA)
    await process.ask("zhang", c.Snooze(process.clock() + 60_000), LI)
    await staff.change_password(LI.id, "another password")
    assert (await process.conversations.newest("wang")).desk.owner == queue()
    assert (await process.log("wang"))[-1]["d"]["reason"] == "agent_left"
    assert (await process.conversations.newest("zhang")).desk.owner == held_by(LI)
    assert (await process.conversations.newest("other")).desk.owner == held_by(ANA)
    assert [one.agent for one in await process.store.presence.here(process.clock())] == [ANA.id]


async def test_who_is_back_with_the_new_password_already_has_not_left(process: Process, staff: Accounts) -> None:
    class Quick(Logins):
        async def end_all(self, agent: str) -> list[str]:
            ended = await super().end_all(agent)
            await self.open(agent)
            return ended

    await process.to_agent("wang", LI)
    staff._logins = Quick(process.store.client, process.store.keys, 60)
    await staff.change_password(LI.id, "another password")
    assert (await process.conversations.newest("wang")).desk.owner == held_by(LI)


async def test_a_login_that_was_under_way_does_not_outlive_the_password(process: Process, staff: Accounts) -> None:
    """The old password was compared and right; then it was changed, which ended all logins that there were."""

    class Late(Logins):
        async def open(self, agent: str) -> str:
            await staff.change_password(agent, "another password")
            return await super().open(agent)

    store = process.store
    staff._logins = Late(store.client, store.keys, 60)
    with pytest.raises(AuthFailed):
        await staff.sign_in("li@example.com", PASSWORD, "10.0.0.1")
    assert not await store.logins.several(LI.id)


async def test_accounts_that_can_not_be(process: Process, staff: Accounts) -> None:
    with pytest.raises(BadRequest, match=str(PASSWORD_CHARS)):
        await staff.add(Account(id="x", name="X", email="x@example.com"), "short")
    with pytest.raises(BadRequest, match="e-mail address"):
        await staff.add(Account(id="x", name="X", email="not an address"), PASSWORD)
    with pytest.raises(BadRequest, match="belongs to another"):
        await staff.add(Account(id="x", name="X", email="LI@example.com"), PASSWORD)
    with pytest.raises(BadRequest, match="no such agent"):
        await staff.change_password("nobody", PASSWORD)
    assert await process.store.agents.get("x") is None
