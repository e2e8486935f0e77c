"""The hub itself: `onethread serve` over a Valkey of its own, with real sites, tokens, log-ins and tickets."""

import http.client
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import jwt

from bench.servers.contract import Durability, Target, Unavailable
from bench.servers.valkey import start_valkey
from bench.stage import SERVER_CORE, Stage, StartFailed, family, free_port

AGENTS = 10
PASSWORD = "bench-" + secrets.token_urlsafe(12)
KEY = secrets.token_urlsafe(32)
_READY_WITHIN_S = 20.0
_TOKEN_S = 1800


@dataclass(frozen=True)
class OneThread:
    name: str
    durability: Durability = "memory"
    wire: Literal["lean", "asgi"] = "lean"
    protocol: str = "onethread"

    def prepare(self) -> None:
        if not _command().exists():
            raise Unavailable("the hub is not installed: `make bench` installs it")

    def start(self, stage: Stage, *, conversations: int, nodes: int) -> Target:
        store_port, store = start_valkey(stage, self.durability)
        ports = [free_port() for _ in range(nodes)]
        settings = self._settings(stage.dir, store_port, ports)
        _write_site(stage.dir / "onethread.toml", ports)
        _add_agents(stage.dir, settings)
        pids = []
        for node, port in enumerate(ports):
            started = stage.start(
                f"hub{node}",
                [str(_command()), "serve"],
                SERVER_CORE,
                port,
                {**settings, "ONETHREAD_PORT": str(port), "ONETHREAD_PUBLIC_URL": f"http://127.0.0.1:{port}"},
            )
            _await_ready(port, stage, f"hub{node}")
            pids += family(started)
        customers = _write_customers(stage.dir / "customers.txt", conversations)
        agents = _write_agents(stage.dir / "agents.txt", ports[-1])
        return Target(ports[0], ports[-1], pids, [store], ["-C", str(customers), "-A", str(agents)])

    def _settings(self, directory: Path, store_port: int, ports: list[int]) -> dict[str, str]:
        """Limits that protect a hub from one customer would measure themselves here."""
        return {
            "ONETHREAD_CONFIG": str(directory / "onethread.toml"),
            "ONETHREAD_DATA_DIR": str(directory / "data"),
            "ONETHREAD_REDIS_URL": f"redis://127.0.0.1:{store_port}",
            "ONETHREAD_DURABILITY": self.durability,
            "ONETHREAD_WIRE": self.wire,
            "ONETHREAD_REQUESTS_PER_10S": "1000000",
            "ONETHREAD_STAFF_REQUESTS_PER_10S": "1000000",
        }

    def version(self) -> str:
        return f"onethread {version('onethread')}, wire {self.wire}, uvicorn {version('uvicorn')}, uvloop {version('uvloop')}"
