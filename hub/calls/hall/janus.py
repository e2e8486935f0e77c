"""The `Halls` port by Janus' VideoRoom plugin. Clients never speak with Janus: the hub does, in each serving process.

A party has a session of its own, so that another process can go on with it (`claim`) when this one ends.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from hub.calls.hall.forwarding import Forwarding
from hub.calls.hall.legs import Legs, Tell
from hub.calls.hall.wire import THERE_ALREADY, Address, NotThere, RefusedByJanus, Wire, Word, connect, once
from hub.model.call import Mode
from hub.model.errors import MediaUnavailable, OneThreadError, StoreUnavailable
from hub.model.media import Forward, Outlet
from hub.store.halls import Hall, Seated
from hub.store.halls import Halls as Book

log = structlog.get_logger()
KEEP_S = 5.0
TELLING = ("event", "timeout", "detached")  # the rest is about packets: browsers notice that themselves
LARGEST = 1 << 52  # a room's number has to be one in JavaScript, too
BITRATE = 1_000_000  # bit/s, the most that one party sends


class JanusHalls:
    """An adapter of `Halls`. `tasks` owns what follows from Janus' words."""

    def __init__(self, address: Address, book: Book, tell: Tell, tasks: asyncio.TaskGroup) -> None:
        self._address = address
        self._book = book
        self._tell = tell
        self._tasks = tasks
        self._forwarding = Forwarding(address, book)
        self._wire: Wire | None = None
        self._door = asyncio.Lock()
        self._closing = False
        self._legs: dict[tuple[str, str], Legs] = {}
        self._by_session: dict[int, Legs] = {}

    # --- the port ---------------------------------------------------------------------------------------------

    async def open(self, call: str) -> None:
        hall = await self._settle(call)
        async with once(self._address) as (wire, session, handle):
            await self._make(wire, session, handle, hall)

    async def enter(self, call: str, party: str, pc: str, mode: Mode = "full") -> str:
        async with self._door:  # one at a time: two pages of one party must not both be seated
            wire = await self._connected()
            legs = self._legs.get((call, party))
            if legs is None or legs.gone or not legs.seated.is_of(pc, mode):
                who = call, party, pc, mode
                legs = await self._taken_over(wire, *who) or await self._seat(wire, *who)
        self._tasks.create_task(self._work(legs, legs.listen))
        return legs.seated.place

    async def publish(self, call: str, party: str, sdp: str) -> str:
        legs = self._of(call, party)
        try:
            answer = await legs.publish(sdp)
        except NotThere:
            await self._work(legs, legs.lose)
            raise
        await self._note(legs)
        return answer

    async def answer(self, call: str, party: str, generation: int, sdp: str) -> None:
        legs = self._of(call, party)
        try:
            await legs.answer(generation, sdp)
        except NotThere:
            await self._work(legs, legs.lose)
            raise

    async def leave(self, call: str, party: str) -> None:
        hall, seated = await self._book.of(call), await self._book.seated(call, party)
        if hall is None or seated is None:
            return
        await _kick(self._address, hall, seated.feed)
        # Only now: what could not be put out is found by who takes its place. Somebody may have done so meanwhile.
        now = await self._book.seated(call, party)
        if now is not None and now.feed == seated.feed:
            await self._book.leave(call, party)

    async def senders(self, call: str) -> tuple[str, ...]:
        return await self._forwarding.senders(call)

    async def forward(self, call: str, forward: Forward, to: Outlet) -> int:
        return await self._forwarding.forward(call, forward, to)

    async def forward_nothing(self, call: str) -> None:
        await self._forwarding.nothing(call)

    async def close(self, call: str) -> None:
        hall = await self._book.of(call)
        if hall is None:
            return
        with suppress(NotThere, RefusedByJanus):
            async with once(self._address) as (wire, session, handle):
                body = {"request": "destroy", "room": hall.number, "secret": hall.secret}
                await wire.say(session, handle, body)
        await self._book.forget(call)

    # --- halls and seats --------------------------------------------------------------------------------------

    async def _settle(self, call: str) -> Hall:
        with _as_unavailable():
            fresh = Hall(number=1 + secrets.randbelow(LARGEST), secret=secrets.token_hex(16), pin=secrets.token_hex(16))
            return await self._book.settle(call, fresh)

    async def _make(self, wire: Wire, session: int, handle: int, hall: Hall) -> None:
        """Unless it is there. Nobody comes in without a token, and nobody is shown that there is such a room."""
        body = {
            "request": "create",
            "room": hall.number,
            "secret": hall.secret,
            "pin": hall.pin,
            "allowed": [],
            "is_private": True,
            "require_pvtid": True,
            "publishers": self._address.senders,
            "videocodec": "vp8",
            "bitrate": BITRATE,
            "bitrate_cap": True,
        }
        key = {"admin_key": self._address.create_key} if self._address.create_key else {}
        try:
            await wire.say(session, handle, {**body, **key})
        except RefusedByJanus as problem:
            if problem.number != THERE_ALREADY:
                raise

    async def _seat(self, wire: Wire, call: str, party: str, pc: str, mode: Mode) -> Legs:
        """Anew. What it had before goes: nobody is in it twice."""
        hall = await self._settle(call)
        await self._unseat(hall, call, party)
        session = await wire.begin()
        handle = await wire.attach(session)
        await self._make(wire, session, handle, hall)
        token = secrets.token_hex(16)
        tokens = {"request": "allowed", "action": "add", "allowed": [token]}
        await wire.say(session, handle, {"room": hall.number, "secret": hall.secret, **tokens})
        numbers = {"session": session, "sending": handle, "receiving": 0, "feed": 0, "private": 0}
        seated = Seated(pc=pc, mode=mode, place=secrets.token_hex(8), **numbers)
        legs = self._begun(Legs(wire, hall, call, party, seated, self._tell))
        await legs.enter(token)
        await wire.say(session, handle, {"room": hall.number, "secret": hall.secret, **tokens, "action": "remove"})
        await self._note(legs)
        return legs

    async def _unseat(self, hall: Hall, call: str, party: str) -> None:
        """Here, or wherever it was."""
        if legs := self._legs.get((call, party)):
            self._drop(legs)
            await legs.end()
            return
        with _as_unavailable():
            before = await self._book.seated(call, party)
        if before is not None:
            await _kick(self._address, hall, before.feed)

    async def _taken_over(self, wire: Wire, call: str, party: str, pc: str, mode: Mode) -> Legs | None:
        """The session that another process has, or had, for this very page."""
        with _as_unavailable():
            hall, seated = await self._book.of(call), await self._book.seated(call, party)
        if hall is None or seated is None or not seated.is_of(pc, mode) or (call, party) in self._legs:
            return None
        try:
            await wire.ask("claim", session_id=seated.session)
            legs = self._begun(Legs(wire, hall, call, party, seated, self._tell))
            await legs.take_over()
        except (NotThere, RefusedByJanus):
            return None
        return legs

    def _begun(self, legs: Legs) -> Legs:
        """From now on it hears what Janus says."""
        self._legs[legs.call, legs.party] = self._by_session[legs.seated.session] = legs
        return legs

    def _drop(self, legs: Legs) -> None:
        self._by_session.pop(legs.seated.session, None)
        if self._legs.get((legs.call, legs.party)) is legs:
            del self._legs[legs.call, legs.party]

    def _of(self, call: str, party: str) -> Legs:
        legs = self._legs.get((call, party))
        if legs is None or legs.gone:
            raise MediaUnavailable("join it first")
        return legs

    async def _note(self, legs: Legs) -> None:
        """For a process that goes on with it."""
        with suppress(StoreUnavailable):
            await self._book.seat(legs.call, legs.party, legs.seated)

    # --- the wire ---------------------------------------------------------------------------------------------

    async def _connected(self) -> Wire:
        """Raises MediaUnavailable."""
        if self._wire is None or self._wire.closed:
            self._wire = await connect(self._address, self._hear)
            self._tasks.create_task(self._follow(self._wire))
        return self._wire

    async def _follow(self, wire: Wire) -> None:
        """Until it breaks: then all who sit here have to come in anew, and find Janus as soon as it is back."""
        await wire.read()
        if self._closing:
            return
        lost = [legs for legs in self._by_session.values() if legs.by(wire)]
        log.warning("Janus is gone", parties=len(lost))
        for legs in lost:
            await self._work(legs, legs.lose)

    def _hear(self, word: Word) -> None:
        legs = self._by_session.get(word.session)
        if legs is not None and word.kind in TELLING:
            self._tasks.create_task(self._work(legs, lambda: legs.hear(word)))

    async def _work(self, legs: Legs, what: Callable[[], Awaitable[None]]) -> None:
        """Never raises: what could not be said is said again when the party asks."""
        before = legs.seated
        with suppress(OneThreadError):
            await what()
        if legs.gone:
            self._drop(legs)
        elif legs.seated != before:
            await self._note(legs)

    async def keep(self) -> None:
        """Until cancelled: Janus must know that we live. Sessions are left to who goes on with them."""
        try:
            while True:
                await asyncio.sleep(KEEP_S)
                for legs in list(self._by_session.values()):
                    await legs.keep()
        finally:
            self._closing = True
            if self._wire is not None:
                await self._wire.close()


async def _kick(address: Address, hall: Hall, feed: int) -> None:
    body = {"request": "kick", "room": hall.number, "secret": hall.secret, "id": feed}
    with suppress(NotThere, RefusedByJanus):
        async with once(address) as (wire, session, handle):
            await wire.say(session, handle, body)


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as problem:
        raise MediaUnavailable(problem.detail) from problem
