"""A party's two legs in a hall: a session at Janus with a handle for what it sends and one for what it receives."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any, Literal

import structlog

from hub.calls.hall.feed import Feed, feed_of
from hub.calls.hall.sdp import for_janus, sent
from hub.calls.hall.wire import ALREADY_PUBLISHED, NotThere, RefusedByJanus, Wire, Word
from hub.model.errors import ListenOnly, MediaUnavailable, OneThreadError
from hub.model.media import HallLost, HallOffer, HallStream
from hub.store.halls import Hall, Line, Seated

log = structlog.get_logger()
Tell = Callable[[HallOffer | HallLost], Awaitable[None]]


class Legs:
    """One thing after the other: what Janus tells of a session is worked through in the order in which it came."""

    def __init__(self, wire: Wire, hall: Hall, call: str, party: str, seated: Seated, tell: Tell) -> None:
        self.call = call
        self.party = party
        self.seated = seated
        self.gone = False
        self._wire = wire
        self._hall = hall
        self._tell = tell
        self._one = asyncio.Lock()
        self._generation = 0
        self._open: HallOffer | None = None
        self._waits_for: HallOffer | None = None
        # Who sends what: the feeds of the others, and to which of them we listen.
        self._feeds: dict[int, Feed] = {}
        self._heard: set[int] = set()

    def by(self, wire: Wire) -> bool:
        """Is this what it speaks with Janus by?"""
        return self._wire is wire

    # --- what the party asks --------------------------------------------------------------------------------

    async def enter(self, token: str) -> None:
        """Join as one who will send, or could: who listens joins so, too, and never does. Raises MediaUnavailable."""
        display = Feed(self.party, self.seated.mode).display
        joining = {"request": "join", "ptype": "publisher", "token": token, "display": display}
        word = await self._say(self.seated.sending, joining)
        new = {"feed": int(word.told["id"]), "private": int(word.told["private_id"])}
        self.seated = self.seated.model_copy(update=new)
        self._note(word.told)

    async def take_over(self) -> None:
        """Of a session that another process had: who is there, and what do we hear of them?"""
        told = (await self._say(self.seated.sending, {"request": "listparticipants"})).told
        there = [each for each in told.get("participants", []) if each.get("publisher")]
        self._note({"publishers": [each for each in there if each["id"] != self.seated.feed]})
        self._heard = {line.feed for line in self.seated.lines if line.feed in self._feeds}
        if self.seated.receiving:
            word = await self._say(self.seated.receiving, {"request": "configure", "restart": True})
            await self._offered(word)

    async def publish(self, sdp: str) -> str:
        if self.seated.mode == "listen":
            raise ListenOnly
        jsep = {"type": "offer", "sdp": for_janus(sdp)}
        async with self._one:
            try:
                word = await self._say(self.seated.sending, {"request": "publish"}, jsep)
            except RefusedByJanus as problem:
                if problem.number != ALREADY_PUBLISHED:
                    raise
                word = await self._say(self.seated.sending, {"request": "configure"}, jsep)
        if not word.sdp:
            raise MediaUnavailable("Janus did not answer the offer")
        self.seated = self.seated.model_copy(update=sent(word.sdp))
        return word.sdp

    async def answer(self, generation: int, sdp: str) -> None:
        async with self._one:
            if self._open is None or generation != self._open.generation:
                return
            jsep = {"type": "answer", "sdp": for_janus(sdp)}
            await self._say(self.seated.receiving, {"request": "start"}, jsep)
            if self._open is not None and self._open.generation == generation:
                self._open = None

    async def listen(self) -> None:
        """To all who send to us by now and are not heard yet; and say once more what was not answered."""
        async with self._one:
            if self._open is not None:
                await self._tell(self._open)
            await self._subscribe()

    # --- what Janus tells -----------------------------------------------------------------------------------

    async def hear(self, word: Word) -> None:
        """Never raises: what goes wrong here is mended when the party asks again."""
        with suppress(OneThreadError):
            async with self._one:
                await self._take(word)

    async def _take(self, word: Word) -> None:
        if word.told.get("leaving") == "ok":  # put out, by us: they left, or sit elsewhere
            await self.end()
        elif word.told.get("videoroom") == "destroyed":
            await self.lose()
            await self.end()
        elif word.kind in ("timeout", "detached"):
            await self.lose()
        elif word.handle == self.seated.receiving and word.sdp:
            await self._offered(word)
        elif word.handle == self.seated.sending and word.told.get("videoroom") == "event":
            self._note(word.told)
            await self._subscribe()

    def _note(self, told: dict[str, Any]) -> None:
        for each in told.get("publishers", []):
            self._feeds[int(each["id"])] = feed_of(str(each.get("display", "")))
        for what in ("unpublished", "leaving", "kicked"):
            if isinstance(told.get(what), int):
                self._feeds.pop(told[what], None)
                self._heard.discard(told[what])

    async def _subscribe(self) -> None:
        mine = self.party, self.seated.mode
        new = [number for number, feed in self._feeds.items() if number not in self._heard and feed.is_for(*mine)]
        if not new:
            return
        self._heard.update(new)
        streams = [{"feed": number} for number in new]
        try:
            word = await (self._ask_for_more(streams) if self.seated.receiving else self._begin_to_receive(streams))
        except NotThere:
            self._heard.difference_update(new)  # they left at this moment: an event says so
            raise
        await self._offered(word)

    async def _begin_to_receive(self, streams: list[dict[str, int]]) -> Word:
        handle = await self._wire.attach(self.seated.session)
        joining = {"request": "join", "ptype": "subscriber", "private_id": self.seated.private, "streams": streams}
        word = await self._say(handle, joining)
        self.seated = self.seated.model_copy(update={"receiving": handle})
        return word

    async def _ask_for_more(self, streams: list[dict[str, int]]) -> Word:
        return await self._say(self.seated.receiving, {"request": "subscribe", "streams": streams})

    async def _offered(self, word: Word) -> None:
        """Without a description it waits for an answer to the one before; then Janus offers by itself."""
        if not word.sdp:
            return
        self._generation += 1
        if "streams" in word.told:
            self.seated = self.seated.model_copy(update={"lines": tuple(_lines(word.told["streams"]))})
        streams = tuple(self._streams())
        names = self.call, self.party, self.seated.pc, self.seated.place
        self._open = HallOffer(*names, self._generation, word.sdp, streams)
        await self._tell(self._open)

    def _streams(self) -> Iterator[HallStream]:
        """What comes of whom; nothing of a feed that is gone."""
        for line in self.seated.lines:
            if feed := self._feeds.get(line.feed):
                yield HallStream(line.mid, feed.party, line.kind)

    # --- the end --------------------------------------------------------------------------------------------

    async def lose(self) -> None:
        """It is gone without the party's doing."""
        if not self.gone:
            self.gone = True
            await self._tell(HallLost(self.call, self.party))

    async def end(self) -> None:
        """Never raises: what can't be ended now ends by Janus' own time-out."""
        self.gone = True
        with suppress(OneThreadError):
            await self._wire.ask("destroy", session_id=self.seated.session)

    async def keep(self) -> None:
        """Janus ends a session of which it hears nothing for a minute. An offer that nobody answers was lost."""
        with suppress(OneThreadError):
            await self._wire.tell("keepalive", session_id=self.seated.session)
        if self._open is not None and self._open is self._waits_for:
            await self._tell(self._open)
        self._waits_for = self._open

    async def _say(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> Word:
        words = {"room": self._hall.number, "pin": self._hall.pin, **body}
        return await self._wire.say(self.seated.session, handle, words, jsep)


def _lines(told: list[dict[str, Any]]) -> Iterator[Line]:
    """Of what an offer of Janus' carries: those in use."""
    for each in told:
        kind: Literal["audio", "video"] = "video" if each.get("type") == "video" else "audio"
        if each.get("active") and "feed_id" in each:
            yield Line(mid=str(each["mid"]), feed=int(each["feed_id"]), kind=kind)
