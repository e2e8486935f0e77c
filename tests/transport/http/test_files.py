"""Covers hub/transport/http/files.py: who sends nothing is waited for only so long. The rest: test_files.py above."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hub.model.errors import BadRequest
from hub.transport.http.files import in_time


async def test_what_comes_in_time_is_taken_whole() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in (b"one", b"", b"two"):
            await asyncio.sleep(0)
            yield piece

    assert [chunk async for chunk in in_time(chunks(), 60)] == [b"one", b"", b"two"]


async def test_who_falls_silent_is_given_up() -> None:
    silence = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"half of it"
        await silence.wait()

    patient = in_time(chunks(), 0.01)
    assert await anext(patient) == b"half of it"
    with pytest.raises(BadRequest, match=r"nothing came for 0\.01 s"):
        await anext(patient)
