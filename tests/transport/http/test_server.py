"""Covers hub/transport/http/server.py: our own origins, and whose word on addresses counts."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.listening import listen
from hub.transport.http.api import address
from hub.transport.http.server import Server, own_origins


async def who(request: Request) -> Response:
    return JSONResponse([address(request), request.url.scheme])


@asynccontextmanager
async def serving(trusted_proxies: str, host: str = "127.0.0.1") -> AsyncIterator[httpx.AsyncClient]:
    listening = listen(host, 0)
    server = Server(Starlette(routes=[Route("/who", who)]), trusted_proxies, {})
    url = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
    async with asyncio.TaskGroup() as tasks, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        tasks.create_task(server.serve([listening]))
        try:
            yield http
        finally:
            await http.aclose()
            server.should_exit = True


FORGED = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https", "forwarded": "for=203.0.113.9"}


@pytest.mark.parametrize(
    ("trusted", "sent", "seen"),
    [
        ("", FORGED, ["127.0.0.1", "http"]),
        ("192.0.2.1", FORGED, ["127.0.0.1", "http"]),
        ("127.0.0.1", FORGED, ["203.0.113.9", "https"]),
        ("10.0.0.1,127.0.0.1", FORGED, ["203.0.113.9", "https"]),
        ("127.0.0.0/8", FORGED, ["203.0.113.9", "https"]),
        # What the client itself wrote stands before what the proxy added: only the last one is the proxy's word.
        ("127.0.0.1", {"x-forwarded-for": "198.51.100.1, 203.0.113.9"}, ["203.0.113.9", "http"]),
        ("127.0.0.1", {}, ["127.0.0.1", "http"]),
    ],
)
async def test_forwarded_addresses_are_believed_from_trusted_proxies_only(
    trusted: str, sent: dict[str, str], seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # uvicorn's own setting is not ours
    async with serving(trusted) as http:
        assert (await http.get("/who", headers=sent)).json() == seen


async def test_it_does_not_say_what_it_is() -> None:
    async with serving("") as http:
        assert "server" not in (await http.get("/who")).headers


async def test_signals_are_left_to_the_composition_root() -> None:
    """uvicorn would close sockets with 1012 before they were told where to go."""
    before = [signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)]
    async with serving("") as http:
        await http.get("/who")
        assert [signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)] == before


@pytest.mark.parametrize(
    ("public_url", "host", "more", "origins"),
    [
        ("https://talk.example.com", "0.0.0.0", (), {"https://talk.example.com"}),
        ("https://talk.example.com/", "0.0.0.0", (), {"https://talk.example.com"}),
        ("https://a.example", "::", ("https://b.example",), {"https://a.example", "https://b.example"}),
        ("", "127.0.0.1", (), {"http://localhost:81", "http://127.0.0.1:81"}),
        ("", "10.0.0.5", (), {"http://localhost:81", "http://127.0.0.1:81", "http://10.0.0.5:81"}),
        ("", "::1", (), {"http://localhost:81", "http://127.0.0.1:81", "http://[::1]:81"}),
    ],
)
def test_origins_of_our_own_pages(public_url: str, host: str, more: tuple[str, ...], origins: set[str]) -> None:
    assert own_origins(public_url, host, 81, more) == origins
