"""What media workers tell: a call that goes on elsewhere, one that nobody is in any more, a recording that is ready.

One worker at a time listens. Reports are done side by side: to find another worker for a room's recording takes a
while, and what is told of other calls does not wait for that. Each may be heard twice: commands have ids, and words
may be said again.
"""

import asyncio
from contextlib import suppress

import structlog
from pydantic_core import to_json

from hub.model.call_commands import CallCommand, EndCall, KeepRecording, LoseRecording
from hub.model.errors import OneThreadError, StoreUnavailable
from hub.model.ids import derived
from hub.model.party import SYSTEM
from hub.services.conversations import Conversations
from hub.services.progress import Progress, Task
from hub.services.recorder import Recorder
from hub.store.leases import Leases
from hub.store.media_reports import MediaReport, MediaReports
from hub.store.seats import Seats
from hub.store.whispers import Whisper, Whispers

log = structlog.get_logger()
EVERY_S = 1.0


class MediaNews:
    def __init__(
        self,
        conversations: Conversations,
        seats: Seats,
        whispers: Whispers,
        reports: MediaReports,
        leases: Leases,
        recorder: Recorder,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._conversations = conversations
        self._seats = seats
        self._whispers = whispers
        self._reports = reports
        self._leases = leases
        self._recorder = recorder
        self._tasks = tasks
        self._progress: Progress | None = None  # while the lease is ours

    async def follow(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if await self._leases.hold("media"):
                    await self._listen()
                else:
                    self._progress = None
                    await asyncio.sleep(EVERY_S)
            except StoreUnavailable:
                log.info("media news wait for the store")
                await asyncio.sleep(EVERY_S)

    async def _listen(self) -> None:
        """To what came since, or comes while the lease is ours for certain."""
        if self._progress is None:
            self._progress = Progress(await self._reports.heard())
        for position, report in await self._reports.after(self._progress.read):
            self._tasks.create_task(self._see_to(report, self._progress.begin(position), self._progress))

    async def _see_to(self, report: MediaReport | None, task: Task, progress: Progress) -> None:
        while report is not None:
            try:
                await self.hear(report, task.id)
                break
            except StoreUnavailable:
                await asyncio.sleep(EVERY_S)
            except Exception:
                log.exception("media news failed", kind=report.kind, call=report.call)
                break
        task.done = True
        if progress.advance():
            with suppress(StoreUnavailable):  # the next one notes more
                await self._reports.note_heard(progress.position)

    async def hear(self, report: MediaReport, position: str) -> None:
        """`position` is the report's. Raises StoreUnavailable."""
        match report.kind:
            case "lost" | "abandoned":
                await self._gone(report, position)
            case "recorded" if report.kept is not None:
                await self._ask(report.call, KeepRecording(report.kept), report.kept.recording)
            case _:
                pass  # the parties' own pages say so sooner

    async def _gone(self, report: MediaReport, position: str) -> None:
        """A worker is dead, or nobody is heard there any more."""
        conversation = await self._seats.conversation_of(report.call)
        it = (await self._conversations.newest(conversation)).call if conversation else None
        match it.topology if it and it.id == report.call else "", report.kind:
            case "direct", _:
                pass  # it only kept a place
            case "room", "lost":
                await self._recorder.start(conversation, report.call, report.worker)
            case "room", _:
                # Of a room a worker hears only what is recorded: that is over then, and not the call.
                await self._recorder.lose(conversation, report.call, position)
            case _, "lost":
                await self._moved(report.call)
                await self._ask(report.call, LoseRecording(report.call), f"lost:{report.worker}")
            case _:
                await self._ask(report.call, EndCall(report.call, "abandoned"), "abandoned")

    async def _moved(self, call: str) -> None:
        """All who are in it join anew; the media find another place then."""
        frame = to_json({"t": "call.moved", "call": call}).decode()
        log.info("a call goes on elsewhere", call=call)
        await self._whispers.say(Whisper(kind="signal", subject=call, frame=frame))

    async def _ask(self, call: str, command: CallCommand, what: str) -> None:
        conversation = await self._seats.conversation_of(call)
        if not conversation:
            log.warning("news of a call that nobody knows", call=call, what=what)
            return
        try:
            await self._conversations.ask(conversation, command, SYSTEM, derived("media", call, what))
        except StoreUnavailable:
            raise
        except OneThreadError as refusal:
            log.warning("news of a call refused", call=call, what=what, why=refusal.code)
