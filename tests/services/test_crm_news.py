"""Covers hub/services/crm_news.py: what a CRM tells reaches its customer's conversation, once, and never as an echo."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from hub.crm_connections import Connection, Connections
from hub.crms import EVERYTHING
from hub.model import commands as c
from hub.model.crm import CrmNews
from hub.model.decide.identities import taking_in
from hub.model.errors import Forbidden, NotFound
from hub.model.party import SYSTEM
from hub.ports import Crm
from hub.services.crm_news import CrmNewsroom
from hub.services.customers import Customers
from tests.services.acts import Process, account, device

PARCEL = CrmNews(kind="shipment", external_id="17", ref="A-1", status="delivered", text="已签收", at=1, id="n1")
TICKET = CrmNews(kind="ticket", external_id="17", ref="T1", status="solved", text="internal", at=1, id="n2")


class Hook:
    """Says what it is told to, to who knows the word."""

    def __init__(self, *news: CrmNews) -> None:
        self.said = list(news)

    async def news(self, headers: Mapping[str, str], body: bytes, now: int) -> list[CrmNews]:
        if headers.get("x-word") != "please":
            raise Forbidden("signature")
        return self.said


class Named:
    can = EVERYTHING

    def __init__(self, name: str) -> None:
        self.name = name


def newsroom(process: Process, hook: Hook | None, account_ids: bool = True) -> CrmNewsroom:
    connection = Connection(cast(Crm, Named("shop")), EVERYTHING, account_ids=account_ids, hook=hook)
    customers = Customers(process.conversations, process.store.identities, lambda: "unused")
    store = process.store
    connections = Connections([connection])
    return CrmNewsroom(
        connections, process.conversations, customers, store.crm_people, store.identities, ["shop", "default"]
    )


async def hear(process: Process, *news: CrmNews, word: str = "please", **more: bool) -> int:
    return await newsroom(process, Hook(*news), **more).hear("shop", {"x-word": word}, b"{}", 1)


async def told(process: Process, conversation: str = "wang") -> list[dict[str, Any]]:
    return [e["d"] | {"type": e["type"]} for e in await process.log(conversation) if e["type"].startswith("crm.n")]


@pytest.fixture
async def known(process: Process) -> Process:
    await process.arrive("wang", account("wang"))
    await process.store.crm_people.remember("shop", "17", "wang")
    return process


async def test_news_reach_the_customer_once_however_often_they_are_told(known: Process, other: Process) -> None:
    for side in (known, other, known):
        assert await hear(side, PARCEL, PARCEL) == 2
    assert await told(known) == [
        {"type": "crm.news", "kind": "shipment", "crm": "shop", "ref": "A-1", "status": "delivered", "text": "已签收"}
    ]


async def test_a_change_of_its_own_is_news_of_its_own(known: Process) -> None:
    await hear(known, PARCEL, PARCEL.model_copy(update={"id": "n9", "status": "returned"}))
    assert [each["status"] for each in await told(known)] == ["delivered", "returned"]


async def test_what_somebody_without_the_word_tells_is_not_heard(known: Process) -> None:
    with pytest.raises(Forbidden):
        await hear(known, PARCEL, word="guess")
    assert await told(known) == []


@pytest.mark.parametrize("name", ["shop", "nosuch"])
async def test_a_connection_that_tells_nothing_is_not_there(known: Process, name: str) -> None:
    with pytest.raises(NotFound):
        await newsroom(known, None).hear(name, {"x-word": "please"}, b"{}", 1)


async def test_news_of_nobody_here_are_no_fault(process: Process) -> None:
    assert await hear(process, PARCEL) == 0


async def test_who_never_was_looked_up_is_known_by_the_sites_id(process: Process) -> None:
    await process.arrive("wang", account("17"))
    await process.store.identities.bind("account:shop/17", "wang")
    assert await hear(process, PARCEL, account_ids=False) == 0
    assert await hear(process, PARCEL) == 1


async def test_who_was_merged_hears_it_where_they_are_now(known: Process) -> None:
    await known.arrive("home", device("d"))
    await known.ask("wang", c.MergeInto("home", ()))
    await known.ask("home", taking_in(await known.conversations.newest("wang")))
    assert await hear(known, PARCEL) == 1
    assert [each["ref"] for each in await told(known, "home")] == ["A-1"]


async def test_what_we_wrote_ourselves_is_no_news(known: Process) -> None:
    made = TICKET.model_copy(update={"echo_of": "mark", "status": "open", "id": "n0"})
    for _ in range(2):
        assert await hear(known, made) == 0
    await known.store.crm_people.expect("shop", "T1", "solved")
    assert await hear(known, TICKET) == 0
    assert await hear(known, TICKET) == 0, "told again"
    assert await told(known) == []
    assert await hear(known, TICKET.model_copy(update={"id": "n3"})) == 1, "by somebody else"


async def test_what_others_do_to_a_ticket_of_ours_is_news_though_our_mark_stands_in_it(known: Process) -> None:
    marked = TICKET.model_copy(update={"echo_of": "mark"})
    assert await hear(known, marked, marked.model_copy(update={"id": "n4", "status": "closed"})) == 2
    reopened = marked.model_copy(update={"status": "open"})
    assert await hear(known, reopened.model_copy(update={"id": "n5"}), reopened.model_copy(update={"id": "n6"})) == 1


async def test_staff_alone_hear_of_it_where_nothing_is_proven(process: Process) -> None:
    await process.arrive("wang", device("d"))
    await process.store.crm_people.remember("shop", "17", "wang")
    assert await hear(process, TICKET) == 1
    [heard] = await told(process)
    assert (heard["type"], heard["text"]) == ("crm.noticed", "internal")
    assert process.conversations.owner_of("wang") != SYSTEM.id
