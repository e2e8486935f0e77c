"""The hub as it is run: `onethread serve` and `onethread work` as processes of their own, to be killed at will."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

from hub.settings import Settings
from tests.ports import free_port
from tests.running import PATIENCE_S

COMMAND = (sys.executable, "-c", "from hub.cli import main; main()")


def environment(settings: Settings, port: int) -> dict[str, str]:
    """The settings as a process is given them."""
    named = {
        "REDIS_URL": settings.redis_url,
        "KEY_PREFIX": settings.key_prefix,
        "DATA_DIR": str(settings.data_dir),
        "SHARDS": str(settings.shards),
        "PORT": str(port),
        "DEMO": "true",
        "TICKETS_PER_MIN": "100000",
        "PRESENCE_S": str(settings.presence_s),
        "DRAIN_S": str(settings.drain_s),
        "DURABILITY": settings.durability,
        "REPLICAS": str(settings.replicas),
        "REQUESTS_PER_10S": str(settings.requests_per_10s),
    }
    return os.environ | {f"ONETHREAD_{name}": value for name, value in named.items()}


@dataclass
class Processes:
    """A serving and a working process on one store."""

    settings: Settings
    port: int = field(default_factory=free_port)
    running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, name: str) -> None:
        env = environment(self.settings, self.port)
        self.running[name] = await asyncio.create_subprocess_exec(*COMMAND, name, env=env)

    async def kill(self, name: str) -> None:
        """SIGKILL: no goodbye, no flush."""
        process = self.running.pop(name)
        process.kill()
        await process.wait()

    async def stop(self, name: str) -> int:
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(process.wait(), PATIENCE_S)

    async def ready(self, patience_s: float = 3 * PATIENCE_S) -> None:
        """Until /readyz says yes and the sample agents are there."""
        async with asyncio.timeout(patience_s), httpx.AsyncClient() as http:
            while True:
                try:
                    if (await http.get(self.url + "/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)


@asynccontextmanager
async def processes(settings: Settings, patience_s: float = 3 * PATIENCE_S) -> AsyncIterator[Processes]:
    them = Processes(settings)
    await them.start("serve")
    await them.start("work")
    try:
        await them.ready(patience_s)
        yield them
    finally:
        for name in list(them.running):
            await them.stop(name)
