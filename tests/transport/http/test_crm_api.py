"""Covers hub/transport/http/crm_api.py: who may look at the connections, have jobs carried again, and search."""

import httpx
import pytest

from hub.demo import PASSWORD
from hub.model.effects import Job
from tests.store.acts import commit, outcome
from tests.transport.http.test_api import problem
from tests.transport.inside import Inside, account

PAGES = ("/api/v1/integrations", "/api/v1/knowledge?q=shipping")


async def signed_in(http: httpx.AsyncClient, who: str) -> None:
    answer = await http.post("/api/v1/login", json={"email": f"{who}@example.com", "password": PASSWORD})
    assert answer.status_code == 200, answer.text


async def dead_job(within: Inside) -> str:
    job = Job("effect:wang:E1", "crm.effect", "crm:wang", {"effect": "E1", "crm": "local", "ask": {"kind": "lead"}})
    await outcome(within.store.committer, commit(jobs=[job]))
    outbox = within.store.outbox
    for shard in await outbox.due(list(range(within.settings.shards)), 2**50):
        for claimed in await outbox.claim(shard, 2**50):
            await outbox.failed(claimed, "crm_refused: no", 1, tries=0)
    return job.id


@pytest.mark.parametrize("page", PAGES)
async def test_strangers_see_nothing(http: httpx.AsyncClient, page: str) -> None:
    problem(await http.get(page), 401, "auth_failed")


async def test_agents_neither_look_nor_replay(http: httpx.AsyncClient, within: Inside) -> None:
    id = await dead_job(within)
    await signed_in(http, "liming")
    problem(await http.get("/api/v1/integrations"), 403, "forbidden")
    problem(await http.post("/api/v1/integrations/local/replay", json={"all": True}), 403, "forbidden")
    assert [dead.id for dead in await within.store.outbox.every_dead()] == [id]


async def test_a_supervisor_sees_how_the_connections_do_and_replays(http: httpx.AsyncClient, within: Inside) -> None:
    id = await dead_job(within)
    await signed_in(http, "anna")
    answer = await http.get("/api/v1/integrations")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    [local] = answer.json()["connections"]
    assert (local["name"], local["kind"], local["breaker"], [d["id"] for d in local["dead"]]) == (
        "local",
        "local",
        "closed",
        [id],
    )
    replayed = await http.post("/api/v1/integrations/local/replay", json={"jobs": [id, "nosuch"]})
    assert replayed.json() == {"replayed": [id]}
    [local] = (await http.get("/api/v1/integrations")).json()["connections"]
    assert (local["dead"], local["backlog"]) == ([], 1)


async def test_what_can_not_be_replayed(http: httpx.AsyncClient, within: Inside) -> None:
    await signed_in(http, "anna")
    problem(await http.post("/api/v1/integrations/nosuch/replay", json={"all": True}), 404, "not_found")
    problem(await http.post("/api/v1/integrations/local/replay", json={}), 400, "bad_request")
    foreign = {"Origin": "https://evil.example"}
    problem(await http.post("/api/v1/integrations/local/replay", json={"all": True}, headers=foreign), 403, "forbidden")


async def test_an_agent_searches_the_knowledge_base(http: httpx.AsyncClient, within: Inside) -> None:
    await signed_in(http, "liming")
    answer = await http.get("/api/v1/knowledge", params={"q": "除垢", "locale": "zh-CN"})
    found = answer.json()["articles"]
    assert found
    assert set(found[0]) == {"title", "heading", "text", "model", "score"}
    customer = await within.customer(account("x"))
    with_one = {"q": "descale", "locale": "en", "conversation": customer.conversation}
    assert (await http.get("/api/v1/knowledge", params=with_one)).json()["articles"]


@pytest.mark.parametrize("words", ["", "  ", "x" * 201])
async def test_words_are_needed_and_not_too_many(http: httpx.AsyncClient, words: str) -> None:
    await signed_in(http, "liming")
    problem(await http.get("/api/v1/knowledge", params={"q": words}), 400, "bad_request")


async def test_a_connection_without_webhooks_is_told_nothing(http: httpx.AsyncClient) -> None:
    problem(await http.post("/api/v1/crm/local/news", content=b"{}"), 404, "not_found")
    problem(await http.post("/api/v1/crm/nosuch/news", content=b"{}"), 404, "not_found")
    problem(await http.post("/api/v1/crm/local/news", content=b"x" * 70_000), 413, "too_long")
