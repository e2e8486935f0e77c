"""Covers hub/voice.py: the process as its supervisor and Prometheus see it. What it says: tests/calls/voice."""

import asyncio
import os

import httpx
import pytest

from hub.settings import Settings
from hub.store.store import Store
from tests.ports import free_port
from tests.processes import COMMAND, environment
from tests.store.acts import until

pytestmark = pytest.mark.servers  # it needs espeak-ng


async def test_it_is_ready_when_it_looks_for_calls_and_says_how_many_it_takes(settings: Settings, store: Store) -> None:
    port = free_port()
    more = {"ONETHREAD_ADMIN_PORT": str(port), "ONETHREAD_VOICE_CALLS": "3", "ONETHREAD_CALLS": "direct"}
    process = await asyncio.create_subprocess_exec(*COMMAND, "voice", env=os.environ | environment(settings, 0) | more)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:

            async def ready() -> bool:
                assert process.returncode is None
                try:
                    return (await http.get("/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(ready)
            told = (await http.get("/metrics")).text.splitlines()
        assert {
            "onethread_voice_calls 0.0",
            "onethread_voice_calls_max 3.0",
            "onethread_voice_calls_taken_total 0.0",
        } <= {*told}
    finally:
        process.terminate()
        assert await process.wait() == 0
