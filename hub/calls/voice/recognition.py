"""A recording in words: what was said in it, each utterance with its place, by the configured speech recognition."""

import asyncio
import io
from collections.abc import Iterator

import av

from hub.calls.voice.ports import Hearing
from hub.calls.voice.sound import HEARD_HZ, pieces
from hub.calls.voice.utterances import Utterance, Utterances, detector
from hub.model.call_events import SpokenLine
from hub.ports import Film

MOST_LINES = 2_000
LINE_CHARS = 2_000


async def spoken_lines(film: Film, hearing: Hearing, language: str) -> tuple[SpokenLine, ...]:
    """Raises VoiceUnavailable. A film that can't be read is silent."""
    file = io.BytesIO(await asyncio.to_thread(film.read_at, 0, film.size))
    parts = _utterances(file)
    lines: list[SpokenLine] = []
    while len(lines) < MOST_LINES:
        part = await asyncio.to_thread(next, parts, None)
        if part is None:
            break
        heard = await hearing.hear(part.pcm, language)
        if heard.text:
            lines.append(SpokenLine(at=part.at, text=heard.text[:LINE_CHARS]))
    return tuple(lines)


def _utterances(file: io.BytesIO) -> Iterator[Utterance]:
    found = Utterances(detector())
    try:
        for pcm in pieces(file, HEARD_HZ):
            yield from (each for each in found.feed(pcm) if each.what == "ends")
    except (av.FFmpegError, ValueError):
        return
    yield from found.end()
