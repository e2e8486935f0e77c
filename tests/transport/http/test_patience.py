"""Covers hub/transport/http/patience.py: who does not go on with a request is let go, and told why."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from hub.listening import listen
from hub.transport.http.patience import PatientHttp, Waiting
from hub.transport.http.problems import handlers
from hub.transport.http.server import Server

PATIENCE_S = 0.2
HEAD = b"POST /length HTTP/1.1\r\nHost: x\r\n"
BODY = HEAD + b"Content-Length: 10\r\n\r\n"


class Peer:
    """A client of raw bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, words: bytes) -> None:
        self.writer.write(words)

    async def rest(self) -> bytes:
        """What is said until the end."""
        async with asyncio.timeout(5):
            return await self.reader.read()

    async def answer(self) -> bytes:
        """The answer to one request; the connection goes on."""
        async with asyncio.timeout(5):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            return head + await self.reader.readexactly(length)


class Serving:
    def __init__(self, patience_s: float, most: int) -> None:
        self.waiting = Waiting(patience_s, most)
        self.peers: list[Peer] = []
        self.ends: list[str] = []
        """How each request of the application ended."""
        self.holding = asyncio.Event()
        routes = [
            Route("/length", self._length, methods=["POST"]),
            Route("/held", self._held),
            Route("/taken", self._taken, methods=["POST"]),
            Route("/much", self._much),
        ]
        app = Starlette(routes=routes, exception_handlers=handlers())
        self._listening = listen("127.0.0.1", 0)
        self.server = Server(app, "", {"http": partial(PatientHttp, self.waiting)})
        self.port = self._listening.getsockname()[1]

    async def _length(self, request: Request) -> Response:
        try:
            length = len(await request.body())
        except Exception as gone:
            self.ends.append(type(gone).__name__)
            raise
        return PlainTextResponse(str(length))

    async def _held(self, _: Request) -> Response:
        await self.holding.wait()
        return PlainTextResponse("at last")

    async def _taken(self, request: Request) -> Response:
        await self.holding.wait()
        return await self._length(request)

    async def _much(self, _: Request) -> Response:
        async def chunks() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65_536

        return StreamingResponse(chunks())

    async def run(self) -> None:
        await self.server.serve([self._listening])

    async def meet(self) -> Peer:
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.port))
        self.peers.append(peer)
        return peer

    async def patience_passes(self) -> None:
        """Who came later, and says nothing, is closed by now."""
        assert await (await self.meet()).rest() == b""

    async def until(self, waiting: int) -> None:
        async with asyncio.timeout(5):
            while len(self.waiting) != waiting:
                await asyncio.sleep(0.005)

    async def working(self, requests: int) -> None:
        async with asyncio.timeout(5):
            while len(self.server.server_state.tasks) != requests:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(patience_s: float = PATIENCE_S, most: int = 100) -> AsyncIterator[Serving]:
    it = Serving(patience_s, most)
    running = asyncio.create_task(it.run())
    async with asyncio.timeout(5):
        while not it.server.started:
            await asyncio.sleep(0.005)
    try:
        yield it
    finally:
        for peer in it.peers:
            peer.writer.close()
        it.holding.set()
        it.server.should_exit = True
        await running


def problem(answer: bytes, status: int, code: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/problem+json" in head.lower()
    assert b"connection: close" in head.lower()
    told = json.loads(body)
    assert (told["status"], told["code"]) == (status, code)


@pytest.mark.parametrize("begun", [b"POST /len", HEAD, HEAD + b"X: 1\r\n", BODY, BODY + b"12345"])
async def test_a_request_that_stops_in_the_middle_is_told_so_and_closed(begun: bytes) -> None:
    async with serving() as it:
        peer = await it.meet()
        peer.send(begun)
        problem(await peer.rest(), 408, "bad_request")
        assert it.ends == ([] if b"Content-Length" not in begun else ["ClientDisconnect"])


async def test_who_says_nothing_is_closed_without_a_word() -> None:
    async with serving() as it:
        peer = await it.meet()
        assert await peer.rest() == b""


async def test_a_head_has_its_time_in_all_and_a_body_from_piece_to_piece() -> None:
    async with serving(0.3) as it:
        slow, steady = await it.meet(), await it.meet()
        steady.send(BODY)

        async def trickle() -> None:
            while True:
                slow.send(b"G")
                steady.send(b"1")
                await asyncio.sleep(0.06)

        slow.send(HEAD + b"X: ")
        trickling = asyncio.create_task(trickle())
        problem(await slow.rest(), 408, "bad_request")
        answer = await steady.answer()
        trickling.cancel()
        assert answer.endswith(b"10")


async def test_what_we_take_long_over_is_waited_for() -> None:
    async with serving() as it:
        peer = await it.meet()
        peer.send(b"GET /held HTTP/1.1\r\nHost: x\r\n\r\n")
        await it.until(0)
        await it.patience_passes()
        it.holding.set()
        assert (await peer.answer()).endswith(b"at last")


async def test_whose_body_we_do_not_take_has_done_what_it_could() -> None:
    body = b"x" * 1_000_000
    async with serving() as it:
        peer = await it.meet()
        peer.send(b"POST /taken HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body))
        peer.send(body)
        await it.working(1)
        await it.patience_passes()
        await it.patience_passes()
        it.holding.set()
        assert (await peer.answer()).endswith(b"1000000")


async def test_who_does_not_read_the_answer_is_cut() -> None:
    async with serving() as it:
        peer = await it.meet()
        peer.send(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        await it.working(1)
        await it.working(0)


async def test_where_too_many_wait_the_one_that_waits_longest_goes() -> None:
    async with serving(60.0, most=3) as it:
        peers = [await it.meet() for _ in range(3)]
        await it.until(3)
        for n, peer in enumerate(peers, 1):
            peer.send(BODY)
            await it.working(n)
        first = it.waiting.longest
        peers[0].send(b"1")  # it goes on, so the second is the one
        async with asyncio.timeout(5):
            while it.waiting.longest is first:
                await asyncio.sleep(0.005)
        fourth = await it.meet()
        fourth.send(HEAD + b"Content-Length: 3\r\n\r\nabc")
        assert (await fourth.answer()).endswith(b"3")
        problem(await peers[1].rest(), 503, "overloaded")
        peers[0].send(b"234567890")
        assert (await peers[0].answer()).endswith(b"10")


async def test_the_server_ends_in_the_middle_of_a_body() -> None:
    async with serving(60.0) as it:
        peer = await it.meet()
        peer.send(BODY + b"12345")
        await it.until(1)
        await it.working(1)
        it.server.should_exit = True
        answer = await peer.rest()
        problem(answer, 503, "draining")
        assert b"Retry-After: 1" in answer
        assert it.ends == ["ClientDisconnect"]


async def test_what_is_no_http_is_told_so() -> None:
    async with serving() as it:
        peer = await it.meet()
        peer.send(b"GARBAGE\r\n\r\n")
        problem(await peer.rest(), 400, "bad_request")
