"""The port `Speech` by espeak-ng, a program of the system: English and Mandarin, offline, in some 30 ms a sentence."""

import asyncio

import av

from hub.calls.voice.sound import SPOKEN_HZ, decoded
from hub.model.errors import VoiceUnavailable

PROGRAM = "espeak-ng"
PATIENCE_S = 5.0
_VOICES = {"zh": "cmn", "en": "en-us"}
_PACE = {"zh": "155", "en": "150"}  # words a minute: a little slower than it likes to, for the telephone


class Espeak:
    name = PROGRAM

    async def speak(self, text: str, language: str) -> bytes:
        """Port `Speech`."""
        voice, pace = _VOICES.get(language, _VOICES["en"]), _PACE.get(language, _PACE["en"])
        # The text by standard input: nobody's name becomes an option of the program.
        wav = await _run((PROGRAM, "-v", voice, "-s", pace, "--stdin", "--stdout"), text.encode())
        try:
            return await asyncio.to_thread(decoded, wav, SPOKEN_HZ)
        except (av.FFmpegError, ValueError) as problem:
            raise VoiceUnavailable(f"{PROGRAM} made no sound") from problem


async def _run(command: tuple[str, ...], given: bytes) -> bytes:
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as problem:
        raise VoiceUnavailable(f"{command[0]} is not installed") from problem
    try:
        async with asyncio.timeout(PATIENCE_S):
            said, _ = await process.communicate(given)
    except TimeoutError as problem:
        raise VoiceUnavailable(f"{command[0]} hangs") from problem
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise VoiceUnavailable(f"{command[0]} ended with {process.returncode}")
    return said
