"""uvicorn's HTTP, with an end to requests that do not end: a head or body that never comes, an answer nobody reads.

uvicorn waits for these for ever. Here who has waited longest is let go: after a minute without a step (for a head, in
all), and at once where too many wait, so that they can't take the files that sockets need.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.listening import MOST_WAITING
from hub.model.errors import BadRequest, Draining, OneThreadError, Overloaded
from hub.transport.http.problems import bad, last_words

PATIENCE_S = 60.0


class Waiting:
    """The connections of one server whose client is to take the next step; first who has waited longest."""

    def __init__(self, patience_s: float = PATIENCE_S, most: int = MOST_WAITING) -> None:
        self._patience_s = patience_s
        self._most = most
        self._since: dict[PatientHttp, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._since)

    @property
    def longest(self) -> "PatientHttp | None":
        """Who has waited longest."""
        return next(iter(self._since), None)

    def add(self, connection: "PatientHttp") -> None:
        """It waits from now on, whatever it did."""
        self._since.pop(connection, None)
        self._since[connection] = connection.loop.time()
        if len(self._since) > self._most and (longest := self.longest):
            self.remove(longest)
            longest.give_up(Overloaded(retry_after=1.0))
        if self._timer is None:
            self._timer = connection.loop.call_later(self._patience_s, self._look)

    def remove(self, connection: "PatientHttp") -> None:
        self._since.pop(connection, None)

    def _look(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        while connection := self.longest:
            if (left := self._since[connection] + self._patience_s - loop.time()) > 0:
                self._timer = loop.call_later(left, self._look)
                return
            if connection.behind:
                self.add(connection)
                continue
            self.remove(connection)
            connection.give_up(bad(f"the request did not go on for {self._patience_s:g} seconds", 408))


class PatientHttp(HttpToolsProtocol):
    """uvicorn makes it as its `http=` class (with `functools.partial`); one Waiting for each server."""

    def __init__(self, waiting: Waiting, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self._waiting = waiting
        self._begun = False

    @property
    def behind(self) -> bool:
        """Is it we who do not take the body? Then its sender has done what it could."""
        return self.flow.read_paused and not self.flow.write_paused

    def _turn(self) -> None:
        """Whose step is the next one? The client's: to read, to go on with its body, to ask something (else)."""
        cycle = self.cycle
        if self.flow.write_paused or cycle is None or cycle.more_body or cycle.response_complete:
            self._waiting.add(self)
        else:
            self._waiting.remove(self)

    def give_up(self, why: OneThreadError) -> None:
        """Close it. Who has begun a request and can still be answered is told why; the application sees that its
        client is gone."""
        cycle = self.cycle
        answering = cycle is not None and not cycle.response_complete
        if answering:
            cycle.disconnected = True
            cycle.message_event.set()
        if self._begun and not (answering and cycle.response_started):
            self.transport.write(last_words(why))
        if self.flow.write_paused:
            self.transport.abort()
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """uvicorn's: the server ends. Who is in the middle of a body could send it for longer than we have."""
        if self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete:
            self.give_up(Draining(retry_after=1.0))
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """uvicorn's: what came is not HTTP. `msg` is its own word, in English."""
        self.transport.write(last_words(BadRequest(msg)))
        self.transport.close()

    # --- each step, from the loop and from the parser -------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._turn()

    def connection_lost(self, exc: Exception | None) -> None:
        self._waiting.remove(self)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun = True
        self._turn()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._turn()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._turn()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._begun = False
        if not self.transport.is_closing():
            self._turn()

    def handle_websocket_upgrade(self) -> None:
        self._waiting.remove(self)
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._turn()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._turn()
