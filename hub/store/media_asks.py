"""What a media worker is asked, and its answer: a list for each worker, and one for each answer. Bytes are opaque."""

import secrets
from collections.abc import Callable

from hub.model.errors import MediaUnavailable
from hub.model.frozen import frozen
from hub.store.client import Client
from hub.store.keys import Keys

MOST_WAITING = 256
LIFE_MS = 10_000
WAIT_S = 1.0  # how long a worker waits for an ask in one go; below the 5 s of redis-py's sockets


@frozen
class MediaAsk:
    """`until` is when nobody waits for the answer any more, epoch ms."""

    id: str
    until: int
    body: bytes


class MediaAsks:
    """`clock` gives epoch ms. Both sides raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys, clock: Callable[[], int]) -> None:
        self._client = client
        self._clock = clock
        self._asks_of = keys.everywhere("media:asks:")
        self._answer_to = keys.everywhere("media:answer:")

    async def ask(self, worker: str, body: bytes, patience_s: float) -> bytes:
        """Raises MediaUnavailable when there is no answer within `patience_s`, or too many wait for one already."""
        name, until = secrets.token_hex(12), self._clock() + int(patience_s * 1000)
        key = self._asks_of + worker
        waiting, _ = await self._client.several(
            [("RPUSH", key, f"{name} {until} ".encode() + body), ("PEXPIRE", key, LIFE_MS)]
        )
        if waiting > MOST_WAITING:
            raise MediaUnavailable("too many ask")
        answer = await self._client.do("BLPOP", self._answer_to + name, patience_s)
        if not answer:
            raise MediaUnavailable("no answer")
        return bytes(answer[1])

    async def next(self, worker: str) -> MediaAsk | None:
        """The next one that somebody still waits for; None when none comes within a second."""
        found = await self._client.do("BLPOP", self._asks_of + worker, WAIT_S)
        if not found:
            return None
        name, until, body = found[1].split(b" ", 2)
        return MediaAsk(name.decode(), int(until), body) if int(until) > self._clock() else None

    async def answer(self, ask: MediaAsk, body: bytes) -> None:
        key = self._answer_to + ask.id
        await self._client.several([("RPUSH", key, body), ("PEXPIRE", key, LIFE_MS)])
