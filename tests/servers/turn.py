"""Debian's coturn, with the configuration that docs/calls.md names: time-limited credentials, no users of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

SECRET = "shared between the hub and coturn"
PATIENCE_S = 10.0


@dataclass
class Turn:
    port: int
    host: str = "127.0.0.1"

    def url(self, transport: str) -> str:
        return f"turn:{self.host}:{self.port}?transport={transport}"


@asynccontextmanager
async def coturn(home: Path) -> AsyncIterator[Turn]:
    turn = Turn(free_port())
    conf = home / "turnserver.conf"
    conf.write_text(
        "\n".join(
            [
                f"listening-port={turn.port}",
                f"listening-ip={turn.host}",
                f"relay-ip={turn.host}",
                "use-auth-secret",
                f"static-auth-secret={SECRET}",
                "realm=onethread.test",
                "no-tls",
                "no-dtls",
                "no-cli",
                "allow-loopback-peers",  # the relay of a test is on this machine
                "cli-password=unused",
                f"pidfile={home / 'turn.pid'}",
                "log-file=stdout",
                f"userdb={home / 'turn.db'}",
            ]
        )
    )
    log = (home / "turn.log").open("wb")
    process = await asyncio.create_subprocess_exec("turnserver", "-c", str(conf), stdout=log, stderr=log)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not _listens(turn):
                assert process.returncode is None, (home / "turn.log").read_text()
                await asyncio.sleep(0.02)
        yield turn
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        log.close()


def _listens(turn: Turn) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((turn.host, turn.port)) == 0
