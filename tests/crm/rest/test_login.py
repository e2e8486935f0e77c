"""Covers hub/crm/rest/login.py: one sign-in, however many wait for it, in however many processes."""

import asyncio
import time

import pytest

from hub.crm.rest.references import References
from hub.model.crm import CustomerKeys
from hub.model.errors import CrmUnavailable
from tests.crm.rest.conftest import Connect
from tests.crm.rest.server import Crm

WANG = CustomerKeys(emails=("wang.li@example.com",))


async def test_ten_calls_on_an_expired_token_make_one_refresh(connect: Connect, crm: Crm) -> None:
    it = await connect("rest")
    await it.find_customer(WANG)
    assert crm.calls["token"] == 1
    crm.tokens = dict.fromkeys(crm.tokens, 0.0)  # the CRM forgets them before their time
    found = await asyncio.gather(*(it.find_customer(WANG) for _ in range(10)))
    assert [len(one) for one in found] == [1] * 10
    assert crm.calls["token"] == 2


async def test_another_process_uses_the_session_that_is_there(connect: Connect, crm: Crm) -> None:
    one, two = await connect("rest"), await connect("rest")
    await one.find_customer(WANG)
    await two.find_customer(WANG)
    assert crm.calls["token"] == 1
    crm.tokens = dict.fromkeys(crm.tokens, 0.0)
    await asyncio.gather(one.find_customer(WANG), two.find_customer(WANG))
    assert crm.calls["token"] == 2


async def test_refresh_tokens_that_may_be_used_once_are_kept(connect: Connect, crm: Crm) -> None:
    crm.mischief.add("single-use refresh tokens")
    it = await connect("rest")
    for _ in range(3):
        await it.find_customer(WANG)
        crm.tokens = dict.fromkeys(crm.tokens, 0.0)
    another = await connect("rest")  # after a restart
    await another.find_customer(WANG)
    assert crm.calls["token"] == 4


async def test_a_token_is_renewed_before_its_end(connect: Connect, crm: Crm) -> None:
    now = int(time.time() * 1000)
    it = await connect("rest", clock=lambda: now)
    await it.find_customer(WANG)
    now += 3_550_000  # of 3600 s
    await it.find_customer(WANG)
    assert crm.calls["token"] == 2


async def test_what_is_kept_is_sealed_with_the_connections_secrets(
    connect: Connect, crm: Crm, references: References
) -> None:
    it = await connect("rest")
    await it.find_customer(WANG)
    kept = await references.session("rest")
    assert kept is not None
    assert not any(token in kept.sealed for token in crm.tokens)


async def test_a_sign_in_that_is_refused_is_said_and_not_repeated_for_ever(connect: Connect, crm: Crm) -> None:
    crm.refresh = "another"
    it = await connect("rest")
    with pytest.raises(CrmUnavailable, match="sign-in: HTTP 400"):
        await it.find_customer(WANG)
    assert crm.calls["token"] == 1


async def test_who_was_overtaken_between_its_look_and_its_lease_does_not_sign_in_again(
    connect: Connect, crm: Crm, references: References, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With refresh tokens that may be used once, the second one would have ended the first one's session."""
    slow, quick = await connect("rest"), await connect("rest")
    lease = references.lease_session

    async def overtaken(connection: str, owner: str, now: int, lease_ms: int) -> bool:
        monkeypatch.setattr(references, "lease_session", lease)
        await quick.find_customer(WANG)
        return await lease(connection, owner, now, lease_ms)

    monkeypatch.setattr(references, "lease_session", overtaken)
    assert len(await slow.find_customer(WANG)) == 1
    assert crm.calls["token"] == 1
