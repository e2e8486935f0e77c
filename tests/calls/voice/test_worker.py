"""A voice process and a service that recognises speech: a recording comes back into the thread in words."""

import asyncio
import io
from pathlib import Path

import av
import numpy as np
import pytest

from hub.calls.recording.sealed import SealedWriter
from hub.calls.voice.sound import SPOKEN_HZ, decoded
from hub.model.call_commands import KeepRecording
from hub.model.events import RecordingKept
from hub.model.party import SYSTEM
from hub.options import recordings
from hub.settings import Settings
from tests.calls.voice.services import Service, served
from tests.calls.voice.voices import voice_process, wav_of
from tests.running import Peer, conversation_of, fresh_id, running_hub
from tests.store.acts import until

pytestmark = [pytest.mark.servers, pytest.mark.long]


def film_of(*sentences: str) -> bytes:
    """WebM with Opus, as recordings are: a second of quiet before each sentence."""
    pcm = b"".join(b"\0\0" * SPOKEN_HZ + decoded(wav_of(text), SPOKEN_HZ) for text in sentences) + b"\0\0" * SPOKEN_HZ
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=SPOKEN_HZ)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, np.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SPOKEN_HZ
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def keep(film: bytes, folder: Path, key: bytes) -> None:
    folder.mkdir(parents=True)
    with SealedWriter(folder / "1-customer.film", key) as sealed:
        sealed.pour(io.BytesIO(film))


async def transcribed(staff: Peer) -> list[dict[str, object]]:
    """The lines of the transcript, when it has come."""
    async with asyncio.timeout(60):
        while True:
            try:
                told = await staff.event("call.transcribed", seen=True)
            except TimeoutError:
                continue
            lines: list[dict[str, object]] = told["d"]["lines"]
            return lines


async def test_a_recording_is_put_into_words_with_their_places(settings: Settings) -> None:
    asyncio.get_running_loop().set_debug(False)
    library, service = recordings(settings), Service()
    async with (
        served(service) as base,
        running_hub(settings.model_copy(update={"calls": "relay", "asr_url": base})) as hub,
        voice_process(hub.settings, ONETHREAD_ASR_URL=base),
    ):
        wang, staff = await hub.customer("wang"), await hub.agent("anna@example.com")
        conversation, call = conversation_of(wang), fresh_id()
        await staff.ask("conversation.follow", conversation=conversation)
        keep(film_of("my kettle leaks", "it is the big one"), library.folder / call, library.key)
        kept = RecordingKept(call=call, recording="1-customer", party="customer", seconds=6, bytes=1)
        await hub.serving.conversations.ask(conversation, KeepRecording(kept), SYSTEM, fresh_id())
        lines = await transcribed(staff)
        assert [line["text"] for line in lines] == ["zero zero one seven"] * 2, "as the service heard them"
        assert 500 <= int(str(lines[0]["at"])) <= 1_500
        assert len(service.asked) == 2
        assert service.asked[0]["language"] == "en"

        async def done() -> bool:
            return await hub.store.voice.waiting() == []

        await until(done)


async def test_what_is_built_in_leaves_recordings_to_those_who_know_a_service(settings: Settings) -> None:
    asyncio.get_running_loop().set_debug(False)
    elsewhere = settings.model_copy(update={"calls": "relay", "asr_url": "http://127.0.0.1:9/v1/"})
    async with running_hub(elsewhere) as hub, voice_process(hub.settings):
        wang = await hub.customer("wang")
        kept = RecordingKept(call=fresh_id(), recording="1-customer", party="customer", seconds=6, bytes=1)
        await hub.serving.conversations.ask(conversation_of(wang), KeepRecording(kept), SYSTEM, fresh_id())
        call = (await wang.ask("call.request", media="audio"))["d"]["call"]
        await wang.event("call.accepted")  # it is at work
        assert {job.what for job in await hub.store.voice.waiting()} == {"transcribe", "answer"}
        await wang.ask("call.hangup", call=call)
