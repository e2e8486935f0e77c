"""Covers hub/transport/http/health.py: alive is not ready, and what is missing is named."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from hub.model.errors import Draining, OneThreadError, StoreUnavailable
from hub.transport.http import health
from hub.transport.http.health import Check, Readiness, free_disk, health_routes
from tests.transport.http.conftest import client_of


class Part:
    """Something that the hub needs; `problem` is what it lacks."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.asked = 0

    async def check(self) -> None:
        self.asked += 1
        if self.problem:
            raise self.problem


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def hub_of(
    clock: Clock | None = None, *, detailed: bool = True, draining: Part | None = None, **parts: Part
) -> httpx.AsyncClient:
    checks: dict[str, Check] = {name: part.check for name, part in parts.items()}
    instant: dict[str, Check] = {"draining": (draining or Part()).check}
    readiness = Readiness(checks, instant, frozenset({"outbox"}), clock or Clock())
    return client_of(Starlette(routes=health_routes(readiness, detailed=detailed)))


async def test_ready_when_nothing_is_missing() -> None:
    http = hub_of(store=Part(), disk=Part())
    assert (await http.get("/livez")).text == "ok"
    answer = await http.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert set(answer.json()["checks"]) == {"store", "disk", "draining"}
    for path in ("/livez", "/readyz"):
        assert (await http.get(path)).headers["cache-control"] == "no-store"
        assert (await http.head(path)).status_code == 200
        assert (await http.post(path)).status_code == 405


@pytest.mark.parametrize("name", ["store", "write", "disk"])
async def test_not_ready_names_the_check_and_is_alive_all_the_same(name: str) -> None:
    parts = {"store": Part(), "write": Part(), "disk": Part(), name: Part(StoreUnavailable("no room on 10.0.0.7"))}
    http = hub_of(**parts)
    answer = await http.get("/readyz")
    body = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/json")
    assert (body["ready"], body["failed"], body["code"]) == (False, [name], "store_unavailable")
    assert body["checks"][name] == {"ok": False, "vital": True, "why": "store_unavailable: no room on 10.0.0.7"}
    assert [n for n, check in body["checks"].items() if not check["ok"]] == [name]
    assert (await http.get("/livez")).status_code == 200


async def test_where_customers_come_in_nobody_learns_of_our_machines() -> None:
    answer = await hub_of(detailed=False, store=Part(StoreUnavailable("can't reach 10.0.0.7"))).get("/readyz")
    assert answer.json()["checks"]["store"]["why"] == "store_unavailable"
    assert "10.0.0.7" not in answer.text


async def test_an_advisory_check_warns_and_takes_nobody_out() -> None:
    """The CRM is down, so jobs lag on every node alike."""
    answer = await hub_of(outbox=Part(OneThreadError("late"))).get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["outbox"] == {"ok": False, "vital": False, "why": "internal: late"}


async def test_however_many_ask_the_store_is_asked_once_a_second() -> None:
    part, clock = Part(), Clock()
    http = hub_of(clock, store=part)
    await http.get("/livez")
    assert part.asked == 0, "alive has nothing to do with the store"
    await asyncio.gather(*(http.get("/readyz") for _ in range(5)))
    clock.at += 0.9
    part.problem = StoreUnavailable()
    assert (await http.get("/readyz")).status_code == 200
    assert part.asked == 1
    clock.at += 0.2
    assert (await http.get("/readyz")).status_code == 503
    part.problem = None
    clock.at += 1.1
    assert (await http.get("/readyz")).status_code == 200
    assert part.asked == 3


async def test_draining_is_told_at_once() -> None:
    draining = Part()
    http = hub_of(draining=draining, store=Part())
    assert (await http.get("/readyz")).status_code == 200
    draining.problem = Draining()
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["failed"], answer.json()["code"]) == (503, ["draining"], "draining")


async def test_a_check_that_hangs_is_a_check_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_S", 0.01)

    class Hanging(Part):
        async def check(self) -> None:
            await asyncio.Event().wait()

    answer = await hub_of(store=Hanging()).get("/readyz")
    assert (answer.status_code, answer.json()["failed"]) == (503, ["store"])


async def test_the_disk_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await free_disk(tmp_path)()
    monkeypatch.setattr(health, "SCARCE", 1 << 62)
    with pytest.raises(health.DiskFull, match="MiB free"):
        await free_disk(tmp_path)()
    answer = await hub_of(disk=Part(FileNotFoundError(2, "No such file or directory"))).get("/readyz")
    assert answer.json()["checks"]["disk"]["why"] == "disk_full: No such file or directory"
