"""`onethread voice` as a process of its own, and customers who say something: their microphone is a file."""

import asyncio
import subprocess
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hub.calls.voice.sound import SPOKEN_HZ, WIDTH, decoded
from hub.settings import Settings
from tests.processes import COMMAND, environment
from tests.running import PATIENCE_S

READY = "the bot answers calls"
START_S = 120.0  # it loads much, and tests share a machine


@asynccontextmanager
async def voice_process(settings: Settings, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """One that listens for calls; it ends with the block, if it did not before."""
    env = environment(settings, 0) | {"ONETHREAD_CALLS": "relay", "ONETHREAD_LOG": "json"} | more
    process = await asyncio.create_subprocess_exec(*COMMAND, "voice", env=env, stderr=asyncio.subprocess.PIPE)
    assert process.stderr is not None
    words: list[str] = []
    reading = None
    try:
        async with asyncio.timeout(START_S):
            async for line in process.stderr:
                words.append(line.decode())
                if READY in words[-1]:
                    break
        assert words and READY in words[-1], "".join(words)
        reading = asyncio.get_running_loop().create_task(_drain(process.stderr))
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 2 * PATIENCE_S)
        if reading is not None:
            await reading


async def _drain(stream: asyncio.StreamReader) -> None:
    async for line in stream:
        print(line.decode(), end="")


def microphone(file: Path, *parts: float | str, voice: str = "en-gb", pace: int = 140) -> str:
    """A WAV file of silences (seconds) and sentences, and the browser's argument that makes a microphone of it."""
    made = [
        b"\0" * (int(part * SPOKEN_HZ) * WIDTH)
        if isinstance(part, float)
        else decoded(wav_of(part, voice, pace), SPOKEN_HZ)
        for part in parts
    ]
    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(WIDTH)
        written.setframerate(SPOKEN_HZ)
        written.writeframes(b"".join(made))
    return f"--use-file-for-fake-audio-capture={file}%noloop"


def wav_of(text: str, voice: str = "en-gb", pace: int = 140) -> bytes:
    command = ["espeak-ng", "-v", voice, "-s", str(pace), "--stdin", "--stdout"]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout


def wav_of_bot(text: str) -> bytes:
    """As the bot speaks English."""
    return wav_of(text, "en-us", 150)
