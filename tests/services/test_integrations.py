"""Covers hub/services/integrations.py: what an operator sees of each connection, and what they can have done again."""

import json
from typing import Any, cast

import pytest

from hub.crm.vitals import Vitals
from hub.crm_connections import Connection, Connections
from hub.crms import EVERYTHING
from hub.model.effects import Job
from hub.model.errors import NotFound, NotOwner, StoreUnavailable
from hub.ports import Crm
from hub.services.integrations import Integrations
from hub.store.whispers import Whisper
from tests.services.acts import ANA, LI, Process
from tests.store.acts import commit, outcome


class Named:
    """A CRM, as far as nobody asks it anything."""

    can = EVERYTHING

    def __init__(self, name: str) -> None:
        self.name, self.breaker = name, "closed"


class Watch:
    """Two connections and what is told of them."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.local, self.shop = Named("local"), Named("shop")
        self.vitals = Vitals("local", process.clock), Vitals("shop", process.clock)
        self.connections = Connections(
            [
                Connection(cast(Crm, self.local), EVERYTHING - {"orders"}, title="Ours"),
                Connection(cast(Crm, self.shop), frozenset({"orders", "create_ticket"}), kind="rest"),
            ]
        )
        self.told: list[Whisper] = []
        self.desk = self.make()

    def make(self) -> Integrations:
        store = self.process.store
        return Integrations(self.connections, self.vitals, store.integrations, store.outbox, self, self.process.clock)  # type: ignore[arg-type]

    async def say(self, whisper: Whisper) -> None:
        self.told.append(whisper)

    async def view(self, name: str) -> dict[str, Any]:
        return next(each for each in await self.desk.view() if each["name"] == name)

    async def queued(self, *jobs: Job, conversation: str = "wang") -> None:
        expected = (await self.process.store.logs.position(conversation))[1]
        await outcome(self.process.store.committer, commit(conversation, expected, jobs=list(jobs)))

    async def put_aside(self, why: str = "crm_refused: no") -> None:
        """All jobs that wait."""
        outbox = self.process.store.outbox
        while shards := await outbox.due([0, 1, 2, 3], 2**50):
            for shard in shards:
                for job in await outbox.claim(shard, 2**50):
                    await outbox.failed(job, why, self.process.clock(), tries=0)


@pytest.fixture
def watch(process: Process) -> Watch:
    return Watch(process)


def effect(id: str, crm: str, lane: str = "crm:wang") -> Job:
    return Job(f"effect:wang:{id}", "crm.effect", lane, {"effect": id, "crm": crm, "ask": {"kind": "lead"}})


async def test_what_calls_showed_is_seen(watch: Watch) -> None:
    local, shop = watch.vitals
    for n in range(3):
        shop.ended("orders", "ok", healthy=n > 0)
    shop.ended("orders", "crm_unavailable", healthy=False)
    shop.drift("orders", "$.total", "missing")
    shop.unmapped("orders", "status", "潜在")
    await watch.desk.bring()
    view = await watch.view("shop")
    assert (view["kind"], view["title"], view["calls"], view["error_rate"]) == ("rest", "shop", 4, 0.5)
    assert (view["last_ok"], view["last_error"]["code"]) == (watch.process.clock(), "crm_unavailable")
    at = watch.process.clock()
    found = {"operation": "orders", "path": "$.total", "count": 1, "at": at}
    assert view["drift"] == [{**found, "problem": "missing", "argument": ""}]
    assert view["unmapped"] == [{"operation": "orders", "field": "status", "value": "潜在", "count": 1, "at": at}]
    assert (view["parts"], view["can"]) == (["create_ticket", "orders"], ["create_ticket", "orders"])
    assert (await watch.view("local"))["calls"] == 0
    assert local.take().empty


async def test_only_what_an_operator_would_notice_is_told(watch: Watch) -> None:
    _, shop = watch.vitals

    async def told() -> int:
        await watch.desk.bring()
        return len(watch.told)

    shop.ended("orders", "ok", healthy=True)
    assert await told() == 0, "that all is well is no news"
    shop.ended("orders", "crm_unavailable", healthy=False)
    assert await told() == 1
    shop.ended("orders", "crm_unavailable", healthy=False)
    assert await told() == 1, "it still fails"
    watch.shop.breaker = "open"
    assert await told() == 2
    watch.shop.breaker = "closed"
    shop.ended("orders", "ok", healthy=True)
    assert await told() == 3, "it is well again"
    shop.unmapped("orders", "status", "x")
    assert await told() == 4
    watch.desk.stir()
    assert await told() == 5
    frame = json.loads(watch.told[-1].frame)
    assert (watch.told[-1].kind, frame["t"]) == ("integrations", "integrations")
    assert [each["name"] for each in frame["connections"]] == ["local", "shop"]


async def test_what_could_not_be_stored_is_brought_the_next_time(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    _, shop = watch.vitals
    shop.ended("orders", "ok", healthy=True)

    async def away(*_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(watch.process.store.integrations.__class__, "add", away)
        await watch.desk.bring()
    await watch.desk.bring()
    assert (await watch.view("shop"))["calls"] == 1


async def test_jobs_stand_with_the_connection_that_they_are_for(watch: Watch) -> None:
    await watch.queued(
        effect("E1", "shop"), effect("E2", "local"), Job("session:wang:1:X", "crm.session", "crm:wang", {"session": 1})
    )
    assert [(await watch.view(name))["backlog"] for name in ("local", "shop")] == [2, 1]
    await watch.put_aside()
    shop, local = await watch.view("shop"), await watch.view("local")
    assert (shop["backlog"], [dead["id"] for dead in shop["dead"]]) == (0, ["effect:wang:E1"])
    assert [dead["id"] for dead in local["dead"]] == ["effect:wang:E2", "session:wang:1:X"]
    assert set(shop["dead"][0]) == {"id", "kind", "conversation", "why", "at", "tries"}, "never what people wrote"


async def test_jobs_of_a_connection_that_is_gone_are_not_lost_from_sight(watch: Watch) -> None:
    await watch.queued(effect("E1", "sold"))
    await watch.put_aside("crm_lacks: there is no connection sold")
    assert [dead["why"] for dead in (await watch.view("local"))["dead"]] == ["crm_lacks: there is no connection sold"]


async def test_those_that_are_named_are_carried_again_or_all_of_a_connection(watch: Watch) -> None:
    await watch.queued(effect("E1", "shop"), effect("E2", "shop"), effect("E3", "local"))
    await watch.put_aside()
    assert await watch.desk.replay("shop", ["effect:wang:E2", "effect:wang:E3", "nosuch"]) == ["effect:wang:E2"]
    assert await watch.desk.replay("shop", None) == ["effect:wang:E1"]
    assert await watch.desk.replay("shop", None) == []
    assert (await watch.view("shop"))["backlog"] == 2
    assert len((await watch.view("local"))["dead"]) == 1
    with pytest.raises(NotFound):
        await watch.desk.replay("sold", None)


async def test_who_asked_may_have_their_own_effect_tried_again(watch: Watch) -> None:
    await watch.process.to_agent("wang")
    it = await watch.process.conversations.newest("wang")
    outbox = watch.process.store.outbox
    await watch.queued(effect("E9", "shop", lane="crm:other"), conversation="other")
    await watch.put_aside()
    with pytest.raises(NotFound):
        await watch.desk.retry(it, "E9", LI, overrule=False)
    other = await watch.process.conversations.newest("other")
    assert other.id == "other"
    await watch.desk.retry(other, "E9", LI, overrule=False)
    assert await outbox.waiting() == 1
    with pytest.raises(NotOwner):
        await watch.desk.retry(it, "E9", ANA, overrule=False)
