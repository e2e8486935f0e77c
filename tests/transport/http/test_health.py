"""Covers hub/transport/http/health.py: alive is not ready, and what is missing is named."""

import httpx
import pytest
from starlette.applications import Starlette

from hub.model.errors import Draining, OneThreadError, StoreUnavailable
from hub.transport.http.health import health_routes
from hub.transport.http.problems import handlers
from tests.transport.http.conftest import client_of


class Part:
    """Something that the hub needs; `problem` is what it lacks."""

    def __init__(self, problem: OneThreadError | None = None) -> None:
        self.problem = problem
        self.asked = 0

    async def check(self) -> None:
        self.asked += 1
        if self.problem:
            raise self.problem


def hub_of(*parts: Part) -> httpx.AsyncClient:
    routes = health_routes([part.check for part in parts])
    return client_of(Starlette(routes=routes, exception_handlers=handlers()))


async def test_ready_when_nothing_is_missing() -> None:
    http = hub_of(Part(), Part())
    for path, words in (("/livez", "ok"), ("/readyz", "ready")):
        answer = await http.get(path)
        assert (answer.status_code, answer.text) == (200, words)
        assert answer.headers["cache-control"] == "no-store"
        assert (await http.head(path)).status_code == 200
        assert (await http.post(path)).status_code == 405


@pytest.mark.parametrize("problem", [Draining(), StoreUnavailable("the store is not reachable")])
async def test_not_ready_says_why_and_is_alive_all_the_same(problem: OneThreadError) -> None:
    http = hub_of(Part(), Part(problem))
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert (answer.json()["code"], answer.json()["detail"]) == (problem.code, problem.detail)
    assert answer.headers["cache-control"] == "no-store"
    assert (await http.get("/livez")).status_code == 200


async def test_it_is_asked_each_time_and_only_when_asked() -> None:
    part = Part()
    http = hub_of(part)
    await http.get("/livez")
    assert part.asked == 0
    assert (await http.get("/readyz")).status_code == 200
    part.problem = StoreUnavailable()
    assert (await http.get("/readyz")).status_code == 503
    part.problem = None
    assert (await http.get("/readyz")).status_code == 200
    assert part.asked == 3
