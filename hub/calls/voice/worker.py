"""A voice process: takes calls that the bot may answer, and recordings that wait for words, and keeps them in hand.

What it has in hand is a lease of the store's: when it dies, another one goes on 3 s later.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog
from pydantic import ValidationError

from hub.calls.voice.legs import Moved
from hub.calls.voice.recognition import spoken_lines
from hub.calls.voice.talk import Desk, Talk
from hub.calls.voice.words import language_of
from hub.model.call_commands import KeepTranscript
from hub.model.errors import NotFound, OneThreadError, StoreUnavailable
from hub.model.events import CallTranscribed
from hub.model.ids import derived
from hub.model.party import SYSTEM
from hub.ports import Recordings
from hub.store.voice import VoiceJob, VoiceJobs
from hub.store.whispers import Whisper, Whispers

log = structlog.get_logger()
LOOK_S = 1.0
PAUSE_S = 0.5
TRIES = 5


class VoiceWorker:
    """`name` is this process's own. It takes `most` calls at once, and one recording when it has no call."""

    def __init__(
        self, name: str, desk: Desk, films: Recordings, jobs: VoiceJobs, whispers: Whispers, most: int
    ) -> None:
        self.name = name
        self.listening = asyncio.Event()
        self._desk = desk
        self._films = films
        self._jobs = jobs
        self._whispers = whispers
        self.most = most
        self.taken = 0
        self._talks: dict[str, Talk] = {}
        self._held: dict[str, VoiceJob] = {}

    @property
    def calls(self) -> int:
        """That it is in right now."""
        return len(self._talks)

    async def run(self) -> None:
        """Until cancelled; then what is in hand is let go for others."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._hear(tasks))
                tasks.create_task(self._look(tasks))
        finally:
            with suppress(StoreUnavailable):
                for job in self._held.values():
                    await self._jobs.let_go(job, self.name)

    async def _hear(self, tasks: asyncio.TaskGroup) -> None:
        """What parties signal to the bot, and what there is to do."""
        while True:
            with suppress(StoreUnavailable):
                async for whisper in self._whispers.hear():
                    await self._whispered(whisper, tasks)
            await asyncio.sleep(PAUSE_S)

    async def _whispered(self, whisper: Whisper, tasks: asyncio.TaskGroup) -> None:
        talk = self._talks.get(whisper.subject)
        if whisper.kind == "voice":
            with suppress(ValidationError):
                await self._consider(VoiceJob.model_validate_json(whisper.frame), tasks)
        elif whisper.kind == "signal" and talk and whisper.but != self.name and whisper.device in ("", "bot"):
            talk.legs.signal(whisper.frame, whisper.pc)

    async def _look(self, tasks: asyncio.TaskGroup) -> None:
        """Keep what we have, and take what nobody has."""
        while True:
            try:
                for job in list(self._held.values()):
                    await self._jobs.hold(job, self.name)
                for job in await self._jobs.waiting():
                    await self._consider(job, tasks)
                self.listening.set()
            except StoreUnavailable as problem:
                log.info("the voice waits for the store", why=problem.detail)
            await asyncio.sleep(LOOK_S)

    async def _consider(self, job: VoiceJob, tasks: asyncio.TaskGroup) -> None:
        if job.id in self._held or not self._can_take(job) or not await self._jobs.hold(job, self.name):
            return
        self._held[job.id] = job
        tasks.create_task(self._work(job))

    def _can_take(self, job: VoiceJob) -> bool:
        if job.what == "answer":
            return self.calls < self.most
        return not self._held and self._desk.hearing.writes("en")

    async def _work(self, job: VoiceJob) -> None:
        work = self._answer if job.what == "answer" else self._transcribe
        try:
            if await self._tried(work, job):
                await self._jobs.done(job)
        except StoreUnavailable:
            log.info("what the voice has done is not marked: it is looked at again")
        finally:
            del self._held[job.id]
            with suppress(StoreUnavailable):
                await self._jobs.let_go(job, self.name)

    async def _tried(self, work: Callable[[VoiceJob], Coroutine[Any, Any, None]], job: VoiceJob) -> bool:
        """True when it is done with: also by giving up, for what fails five times."""
        for _ in range(TRIES):
            try:
                await work(job)
                return True
            except* (Moved, OneThreadError) as problem:
                log.info("the voice tries again", what=job.what, why=repr(problem.exceptions[0]))
            await asyncio.sleep(PAUSE_S)
        return False

    async def _answer(self, job: VoiceJob) -> None:
        talk = self._talks[job.call] = Talk(self._desk, job.conversation, job.call, self.name)
        self.taken += 1
        log.info("the bot takes a call", call=job.call)
        try:
            await talk.run()
        finally:
            self._talks.pop(job.call, None)

    async def _transcribe(self, job: VoiceJob) -> None:
        """Raises VoiceUnavailable."""
        hearing = self._desk.hearing
        it = await self._desk.conversations.newest(job.conversation)
        try:
            film = self._films.film(job.call, job.recording)
        except NotFound:
            return  # deleted meanwhile
        try:
            lines = await spoken_lines(film, hearing, language_of(it.who.locale))
        finally:
            film.close()
        told = CallTranscribed(
            call=job.call, recording=job.recording, party=job.party, engine=hearing.name, lines=lines
        )
        id = derived("transcript", job.call, job.recording)
        await self._desk.conversations.ask(job.conversation, KeepTranscript(told), SYSTEM, id)
