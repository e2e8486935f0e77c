"""A media worker: the relay in a process of its own, which says that it lives, does what it is asked, and reports."""

import asyncio
from collections.abc import Callable

import structlog

from hub.calls.asks import Answer, Ask, ask_of, carried_out, packed
from hub.calls.recording.kept import Kept
from hub.calls.relay.call import News
from hub.calls.relay.relay import Relay
from hub.model.errors import OneThreadError, StoreUnavailable, UnknownRequest
from hub.model.events import RecordingKept
from hub.store.media import MediaWorker as Row
from hub.store.media import MediaWorkers
from hub.store.media_asks import MediaAsks
from hub.store.media_reports import MediaReport, MediaReports

log = structlog.get_logger()
LEASE_MS = 2_000
HEARTBEAT_S = 0.5
PAUSE_S = 0.25  # before a store that is away is tried again
PROLONG_BEATS = 120  # heartbeats after which the places of calls are prolonged: once a minute
MOST_NEWS = 1_000
DRAIN_LOOK_S = 0.05


class Told:
    """News of the relay on their way to the store. When too many wait, the newest are lost: calls go before words."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[News] = asyncio.Queue(MOST_NEWS)

    def tell(self, news: News) -> None:
        try:
            self._queue.put_nowait(news)
        except asyncio.QueueFull:
            log.warning("news of a call are lost", kind=news.kind)

    async def next(self) -> News:
        return await self._queue.get()


class MediaWorker:
    """`name` is this process's own; `clock` gives epoch ms. Calls go on while the store is away."""

    def __init__(
        self,
        name: str,
        relay: Relay,
        told: Told,
        workers: MediaWorkers,
        asks: MediaAsks,
        reports: MediaReports,
        clock: Callable[[], int],
    ) -> None:
        self.name = name
        self.announced = asyncio.Event()
        self._relay = relay
        self._told = told
        self._workers = workers
        self._asks = asks
        self._reports = reports
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._live())
            tasks.create_task(self._serve())
            tasks.create_task(self._report())

    # --- it lives ---------------------------------------------------------------------------------------------

    async def _live(self) -> None:
        beats = 0
        while True:
            try:
                new = await self._workers.announce(self._row(), self._clock() + LEASE_MS)
                if (new and self.announced.is_set()) or beats % PROLONG_BEATS == 0:
                    await self._settle()
                self.announced.set()
                beats += 1
            except StoreUnavailable as problem:
                log.warning("a media worker can't say that it lives", why=problem.detail)
            await asyncio.sleep(HEARTBEAT_S)

    def _row(self) -> Row:
        relay = self._relay
        return Row(
            id=self.name,
            addresses=relay.addresses,
            port=relay.port.number,
            calls=len(relay.calls),
            most=relay.most,
            free=not relay.full,
        )

    async def _settle(self) -> None:
        """Keep the calls that are ours; those that went elsewhere while we were taken for dead end here."""
        for call in await self._workers.keep(self._relay.calls, self.name):
            await self._relay.close(call)

    # --- it does what it is asked -----------------------------------------------------------------------------

    async def _serve(self) -> None:
        while True:
            try:
                await self._serve_next()
            except StoreUnavailable:
                await asyncio.sleep(PAUSE_S)

    async def _serve_next(self) -> None:
        asked = await self._asks.next(self.name)
        if asked is None:
            return
        ask = ask_of(asked.body)
        await self._asks.answer(asked, packed(await self._answered(ask)))

    async def _answered(self, ask: Ask | None) -> Answer:
        if ask is None:
            return Answer(error=UnknownRequest.code)
        try:
            return await carried_out(ask, self._relay)
        except Exception:  # a mistake of ours in one call must not end the others
            log.exception("a media worker failed at what it was asked", what=ask.what)
            return Answer(error=OneThreadError.code)

    # --- it reports -------------------------------------------------------------------------------------------

    async def _report(self) -> None:
        while True:
            news = await self._told.next()
            if news.kind == "abandoned" and news.call in self._relay.calls:
                continue  # it was opened again meanwhile
            report = MediaReport(kind=news.kind, worker=self.name, call=news.call, party=news.party, other=news.other)
            try:
                await self._reports.tell(report)
                if news.kind == "abandoned":
                    await self._workers.unplace(news.call, self.name)
            except StoreUnavailable as problem:
                log.warning("news of a call are lost", kind=news.kind, why=problem.detail)

    # --- it ends ----------------------------------------------------------------------------------------------

    async def tell_of(self, kept: Kept) -> None:
        """A recording is ready. Told until the store takes it: there is no other word of it."""
        film = kept.film
        told = RecordingKept(
            call=kept.call,
            recording=kept.recording,
            party=kept.party,
            seconds=round(film.seconds, 3),
            bytes=kept.bytes,
            width=film.width,
            height=film.height,
            began=film.began // 1_000,
        )
        report = MediaReport(kind="recorded", worker=self.name, call=kept.call, party=kept.party, kept=told)
        while True:
            try:
                return await self._reports.tell(report)
            except StoreUnavailable:
                await asyncio.sleep(PAUSE_S)

    async def drain(self, patience_s: float) -> None:
        """Let all calls go elsewhere, and relay on until they have gone. `run` is over by then."""
        try:
            moved = await self._workers.retire(self.name, self._clock())
        except StoreUnavailable as problem:
            log.warning("a media worker ends without a word", why=problem.detail)
            return
        log.info("a media worker ends", calls=max(0, moved))
        try:
            async with asyncio.timeout(patience_s):
                while self._relay.heard_of_late:  # noqa: ASYNC110 - silence is nothing to wait on
                    await asyncio.sleep(DRAIN_LOOK_S)
        except TimeoutError:
            log.info("calls were still here", calls=len(self._relay.calls))
