"""Line 4 of the part: whatever a CRM does, the conversation opens at once, the panel says what happened, and nobody
sees anybody else's records. The CRM is a real server behind a mapping file, in all the moods that real ones had.
"""

import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hub.model.identity import Identity, IdentityKind, Proof
from hub.settings import CrmSetting, Settings
from tests.crm.rest import server
from tests.crm.rest.conftest import secrets
from tests.transport.inside import Caller, Inside, inside

MAPPING = Path(__file__).parents[1] / "crm" / "rest" / "mappings" / "challenge.yaml"
AT_ONCE_S = 0.3
FOREIGN = ("O'Neil", "欧阳·娜娜", "liu@example.com", "tables@example.com", "B-1")


@pytest.fixture
def crm() -> Iterator[tuple[server.Crm, str]]:
    hostile = server.Crm()
    with server.running(hostile) as url:
        yield hostile, url


# Where the CRM's answer counts it has time to give it, whatever else the machine does; elsewhere nobody waits for long.
answers = pytest.mark.parametrize("deadline_s", [8.0])


@pytest.fixture
def deadline_s() -> float:
    return 0.8


@pytest.fixture
async def working(settings: Settings, crm: tuple[server.Crm, str], deadline_s: float) -> AsyncIterator[Inside]:
    setting = CrmSetting.model_validate({"mapping": str(MAPPING), "secrets": secrets(crm[1]), "deadline_s": deadline_s})
    async with inside(settings.model_copy(update={"crm": {"hostile": setting}}), worker=True) as made:
        yield made


def email(address: str) -> Identity:
    return Identity(kind=IdentityKind.EMAIL, value=address, proof=Proof.SIGNED)


async def opened(working: Inside, *who: Identity) -> tuple[Caller, float]:
    """A customer who has come in and said something, and how long that took. The best of three: the machine is busy."""
    took = []
    for _ in range(3):
        began = time.monotonic()
        customer = await working.customer(*who)
        assert (await customer.say("hello"))["t"] == "ack"
        took.append(time.monotonic() - began)
    return customer, min(took)


async def panel(agent: Caller, conversation: str) -> dict[str, object]:
    """What the agent sees beside it, once the CRM has had its time."""
    began = time.monotonic()
    answer = await agent.ask("conversation.follow", conversation=conversation)
    assert time.monotonic() - began < 1.0, "following does not wait for the CRM either"
    context = answer["d"]["context"]
    if context is None:
        context = (await agent.until(lambda f: f["t"] == "context" and f["conversation"] == conversation))["d"]
    return dict(context)


@pytest.mark.parametrize(
    ("mischief", "why"),
    [
        ("never", {"timeout"}),
        ("html", {"refused", "timeout"}),
        ("500", {"refused", "timeout"}),
        ("200 and error", {"refused", "timeout"}),
        ("huge", {"refused", "timeout"}),
        ("429 for long", {"refused", "timeout"}),
        ("array", {"refused", "failed", "timeout"}),
    ],
)
async def test_the_conversation_opens_at_once_and_the_panel_says_what_happened(
    working: Inside, crm: tuple[server.Crm, str], mischief: str, why: set[str]
) -> None:
    crm[0].mischief.add(mischief)
    customer, took = await opened(working, email("wang.li@example.com"))
    assert took <= AT_ONCE_S
    context = await panel(await working.agent(), customer.conversation)
    [source] = context["sources"]  # type: ignore[misc]
    assert (context["outcome"], source["crm"], source["outcome"]) == ("unavailable", "hostile", "unavailable")
    assert source["why"] in why
    assert context["customer"] is None


@answers
async def test_a_crm_that_is_slow_fills_the_panel_when_it_answers(working: Inside, crm: tuple[server.Crm, str]) -> None:
    customer, took = await opened(working, email("wang.li@example.com"))
    assert took <= AT_ONCE_S
    context = await panel(await working.agent(), customer.conversation)
    assert (context["outcome"], context["crm"]) == ("found", "hostile")
    assert [order["number"] for order in context["orders"]] == ["A-3", "A-2", "A-1"]  # type: ignore[attr-defined]
    assert "create_ticket" in context["can"]  # type: ignore[operator]
    assert context["editable"] == ["name", "emails", "company"]


@answers
@pytest.mark.parametrize("address", ["nobody@example.com", "wang.li@example.com", "o'neil' or 1=1 --@example.com"])
async def test_a_crm_that_answers_with_everybody_shows_nobody_else(
    working: Inside, crm: tuple[server.Crm, str], address: str
) -> None:
    crm[0].mischief.add("ignores filters")
    customer, took = await opened(working, email(address))
    assert took <= AT_ONCE_S
    agent = await working.agent()
    context = await panel(agent, customer.conversation)
    known = address == "wang.li@example.com"
    assert context["outcome"] == ("found" if known else "none")
    seen = json.dumps([*agent.received, *customer.received], ensure_ascii=False)
    assert not [word for word in FOREIGN if word in seen]


@answers
async def test_what_a_crm_is_wrong_about_is_told_to_who_looks_after_it(
    working: Inside, crm: tuple[server.Crm, str]
) -> None:
    anna, liming = await working.agent("anna"), await working.agent()
    crm[0].tables["Contacts"][0]["cf_tier"] = "潜在"
    customer, _ = await opened(working, email("wang.li@example.com"))
    await panel(liming, customer.conversation)
    told = await anna.until(lambda f: f["t"] == "integrations" and f["connections"][0]["unmapped"], seen=True)
    [value] = told["connections"][0]["unmapped"]
    assert (value["field"], value["value"]) == ("tier", "潜在")
    assert not [f for f in liming.received if f["t"] == "integrations"], "not for agents"
