"""Reaction: a call that rings at nobody is the bot's to answer, a recording may be put into words (hub/voice.py)."""

from collections.abc import Callable

from hub.model.events import (
    CallCancelled,
    CallDeclined,
    CallEnded,
    CallJoined,
    CallMissed,
    CallRequested,
    Logged,
    RecordingKept,
)
from hub.model.party import PartyKind
from hub.store.voice import VoiceJob, VoiceJobs
from hub.store.whispers import Whisper, Whispers


class VoiceOffers:
    """`now` gives epoch ms; `writes`: a service that puts recordings into words is named.

    Where no voice process runs, what is offered is taken up by nobody, and that is all.
    """

    def __init__(self, jobs: VoiceJobs, whispers: Whispers, now: Callable[[], int], *, writes: bool) -> None:
        self._jobs = jobs
        self._whispers = whispers
        self._now = now
        self._writes = writes

    async def react(self, entry: Logged) -> None:
        """Reaction. Each step may be done again."""
        conversation = entry.conversation
        match entry.event:
            case CallRequested(call=call, to="") if entry.by.kind is PartyKind.CUSTOMER:
                await self._offer(VoiceJob(what="answer", conversation=conversation, call=call))
            case (
                CallEnded(call=call)
                | CallDeclined(call=call)
                | CallCancelled(call=call)
                | CallMissed(call=call)
                | CallJoined(call=call)
            ):
                await self._jobs.done(VoiceJob(what="answer", conversation=conversation, call=call))
            case RecordingKept(call=call, recording=recording, party=party) if self._writes:
                film = VoiceJob(
                    what="transcribe", conversation=conversation, call=call, recording=recording, party=party
                )
                await self._offer(film)

    async def _offer(self, job: VoiceJob) -> None:
        await self._jobs.add(job, self._now())
        await self._whispers.say(
            Whisper(kind="voice", conversation=job.conversation, subject=job.call, frame=job.model_dump_json())
        )
