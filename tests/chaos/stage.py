"""One run's stage: a scratch directory, a store, nodes and workers, a history, and the final logs for the judge."""

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import jwt
import orjson

from tests.chaos.checker import Entry, Logs, Verdict, check
from tests.chaos.crowd import ORIGIN
from tests.chaos.history import History, read
from tests.chaos.processes import COMMAND, DidNotStart, Node, Valkey, Worker, commands
from tests.chaos.websocket import ask

SITE, KID = "chaos", "chaos-1"
EMAIL = "agent@chaos.example"
PASSWORD = secrets.token_urlsafe(12)
NO_LIMIT = "100000000"
SHARDS = 16
Frames = dict[str, list[tuple[bool, dict[str, Any]]]]


def say(words: str) -> None:
    """Stdout is for the result."""
    print(words, file=sys.stderr, flush=True)


class Stage:
    """Nothing is started by itself but the first store."""

    def __init__(self, directory: Path) -> None:
        self.dir = directory
        self.history = History(directory / "history.jsonl")
        self.nodes: list[Node] = []
        self.workers: list[Worker] = []
        self.stores: list[Valkey] = []
        self.url = ""
        self.cookie = ""
        self.settings: dict[str, str] = {}
        self._key = secrets.token_urlsafe(32)

    # --- what stands on it --------------------------------------------------------------------------------

    async def store(self, appendfsync: str = "everysec", **more: str) -> Valkey:
        store = Valkey(f"store{len(self.stores)}", self.dir, appendfsync, **more)
        self.stores.append(store)
        store.start()
        await store.ready()
        self.url = store.url
        return store

    async def hub(self, nodes: int = 1, workers: int = 1, **settings: str) -> None:
        """Serving and working processes on the store, and an agent's account. Names of settings in lower case."""
        self.settings = self._settings() | {f"ONETHREAD_{k.upper()}": v for k, v in settings.items()}
        self._write_site()
        await self._add_agent()
        for _ in range(nodes):
            self.add_node()
        for _ in range(workers):
            self.add_worker()
        for process in (*self.nodes, *self.workers):
            process.start()
        for process in (*self.nodes, *self.workers):
            await process.ready()
        self.cookie = await self._sign_in()

    def add_node(self, **env: str) -> Node:
        node = Node(f"serve{len(self.nodes)}", self.dir, {**self.settings, **env})
        self.nodes.append(node)
        return node

    def add_worker(self, **env: str) -> Worker:
        worker = Worker(f"work{len(self.workers)}", self.dir, {**self.settings, **env})
        self.workers.append(worker)
        return worker

    def ports(self) -> list[int]:
        """Of the nodes that a balancer would send somebody to; all of them when none is known to be there."""
        return [node.port for node in self.nodes if node.up] or [node.port for node in self.nodes]

    def _settings(self) -> dict[str, str]:
        """Limits that protect a hub from one flooding client would only measure themselves here."""
        return {
            "ONETHREAD_CONFIG": str(self.dir / "onethread.toml"),
            "ONETHREAD_DATA_DIR": str(self.dir / "data"),
            "ONETHREAD_REDIS_URL": self.url,
            "ONETHREAD_PUBLIC_URL": ORIGIN,
            "ONETHREAD_SHARDS": str(SHARDS),
            "ONETHREAD_REQUESTS_PER_10S": NO_LIMIT,
            "ONETHREAD_STAFF_REQUESTS_PER_10S": NO_LIMIT,
            "ONETHREAD_TICKETS_PER_MIN": NO_LIMIT,
        }

    def _write_site(self) -> None:
        (self.dir / "onethread.toml").write_text(
            f'[sites.{SITE}]\nname = "Chaos"\norigins = ["{ORIGIN}"]\n\n'
            f'[[sites.{SITE}.keys]]\nkid = "{KID}"\nalgorithm = "HS256"\nsecret = "{self._key}"\n'
        )

    async def _add_agent(self) -> None:
        def add() -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [*COMMAND, "agent", "add", EMAIL, "--name", "Chaos", "--capacity", "50", "--role", "supervisor"],
                input=f"{PASSWORD}\n",
                env={**os.environ, **self.settings},
                cwd=self.dir,
                capture_output=True,
                text=True,
                check=False,
            )

        done = await asyncio.to_thread(add)
        if done.returncode:
            raise DidNotStart(f"`onethread agent add`: {done.stderr[-1000:]}")

    async def _sign_in(self) -> str:
        body = {"email": EMAIL, "password": PASSWORD}
        answer = await ask(self.nodes[0].port, "POST", "/api/v1/login", body, Origin=ORIGIN)
        if answer.status != 200:
            raise DidNotStart(f"the agent can't sign in: {answer.status} {answer.body}")
        return answer.headers["set-cookie"].partition(";")[0]

    # --- who comes to it ----------------------------------------------------------------------------------

    def visitor(self, number: int) -> dict[str, Any]:
        """The body of a ticket request, without an account: it lives as long as its secret."""
        return {"kind": "visitor", "site": SITE}

    def customer(self, number: int) -> dict[str, Any]:
        """With an account, signed for the next hour."""
        return {"kind": "customer", "site": SITE, "token": self.token(f"customer-{number}")}

    def token(self, sub: str, expires_in_s: float = 3_500.0) -> str:
        claims = {"sub": sub, "name": sub, "aud": SITE, "exp": int(time.time() + expires_in_s)}
        return jwt.encode(claims, self._key, algorithm="HS256", headers={"kid": KID})

    # --- the end ------------------------------------------------------------------------------------------

    async def judge(self, url: str = "", more: Path | None = None) -> Verdict:
        """The history (and `more` of another process) against the logs as the store has them now."""
        self.history.close()
        logs = entries_of(await final_frames(url or self.url))
        verdict = await asyncio.to_thread(check, chain(read(self.history.path), read(more) if more else ()), logs)
        for example in verdict.examples:
            say(f"  {example}")
        return verdict

    async def close(self) -> None:
        for process in (*self.nodes, *self.workers, *self.stores):
            await process.kill()
        self.history.close()


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """The directory is kept when something went wrong: it holds the history and everybody's log."""
    stage = Stage(Path(tempfile.mkdtemp(prefix="onethread-chaos-")))
    try:
        yield stage
    except BaseException:
        say(f"kept: {stage.dir}")
        await stage.close()
        raise
    await stage.close()
    shutil.rmtree(stage.dir, ignore_errors=True)


async def final_frames(url: str, prefix: str = "ot") -> Frames:
    """Every conversation's log, read from the store itself: (is it for staff, the frame)."""
    [keys] = await commands(url, ("KEYS", f"{prefix}:*:log:*"))
    logs: Frames = {}
    for key in keys:
        [reply] = await commands(url, ("XRANGE", key.decode(), "-", "+"))
        logs[key.decode().rpartition(":log:")[2]] = [
            (audience == b"s", orjson.loads(raw)) for _, (_, audience, _, raw) in reply
        ]
    return logs


def entries_of(frames: Frames) -> Logs:
    return {
        conversation: [Entry(frame["seq"], frame["id"], frame["type"], staff) for staff, frame in log]
        for conversation, log in frames.items()
    }
