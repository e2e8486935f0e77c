"""Covers the `onethread` command as a person uses it: starting, stopping, being killed, and starting again."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port
from tests.processes import COMMAND
from tests.running import Hub, Peer, conversation_of

pytestmark = pytest.mark.long

UP_S = 30.0


def env(data_dir: Path, port: int, **more: str) -> dict[str, str]:
    return os.environ | {"ONETHREAD_DATA_DIR": str(data_dir), "ONETHREAD_PORT": str(port)} | more


def onethread(
    *words: str, data_dir: Path, port: int = 1, stdin: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        env=env(data_dir, port, **more),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=UP_S,
        check=False,
    )


@asynccontextmanager
async def demo(data_dir: Path, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "demo", env=env(data_dir, port), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), UP_S)


async def greeting(process: asyncio.subprocess.Process) -> str:
    """What `onethread demo` prints when everything is up."""
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed:
        line = await asyncio.wait_for(process.stdout.readline(), UP_S)
        assert line, printed
        printed += line.decode()
    return printed


async def wang(url: str) -> Peer:
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}) as http:
        hub = Hub(url, None, None, None, None, http)  # type: ignore[arg-type]
        return await hub.customer("wang")


async def test_demo_is_killed_and_goes_on_where_it_was(tmp_path: Path) -> None:
    """A SIGKILLed parent leaves nothing that blocks the next start; a second start has all conversations."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with demo(tmp_path, port) as process:
        printed = await greeting(process)
        assert printed.split()[printed.split().index(f"{url}/")] == next(w for w in printed.split() if "http" in w)
        assert "liming@example.com" in printed
        peer = await wang(url)
        said = await peer.say("before the kill")
        conversation = conversation_of(peer)
        process.kill()
        await process.wait()
        await peer.close_code()
        await peer.close()
    async with demo(tmp_path, port) as process:
        await greeting(process)
        again = await wang(url)
        assert conversation_of(again) == conversation
        page = (await again.ask("history", limit=100))["d"]["events"]
        found = [e for e in page if e["type"] == "message.created" and e["by"]["kind"] == "customer"]
        assert [(e["seq"], e["d"]["content"]["text"]) for e in found] == [(said["seq"], "before the kill")]
        await again.close()
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), UP_S) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)), "nobody listens any more"


async def test_an_agent_is_added_and_signs_in(tmp_path: Path) -> None:
    port = free_port()
    added = onethread(
        "agent",
        "add",
        "mei@example.com",
        "--name",
        "Mei",
        "--role",
        "supervisor",
        data_dir=tmp_path,
        stdin="long enough\n",
    )
    assert added.returncode == 0, added.stderr
    assert "Mei <mei@example.com>" in added.stdout
    short = onethread("agent", "add", "a@example.com", "--name", "A", data_dir=tmp_path, stdin="short\n")
    assert short.returncode == 2
    assert "8 characters" in short.stderr
    process = await asyncio.create_subprocess_exec(*COMMAND, "up", env=env(tmp_path, port))
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, headers={"Origin": url}) as http:
            async with asyncio.timeout(UP_S):
                while True:
                    try:
                        if (await http.get("/readyz")).status_code == 200:
                            break
                    except httpx.TransportError:
                        await asyncio.sleep(0.02)
            signed = await http.post("/api/v1/login", json={"email": "MEI@example.com", "password": "long enough"})
            assert signed.json()["agent"]["role"] == "supervisor"
            assert (await http.get("/api/v1/me")).json() == signed.json()
            assert (await http.post("/api/v1/logout")).status_code == 204
            assert (await http.get("/api/v1/me")).json() == {"agent": None}
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), UP_S) == 0


def test_version(tmp_path: Path) -> None:
    said = onethread("version", data_dir=tmp_path)
    assert said.stdout.startswith("onethread 0.")


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    said = onethread("serve", data_dir=tmp_path, ONETHREAD_SHARDS="many")
    assert said.returncode == 2
    assert "ONETHREAD_SHARDS" in said.stderr
    assert "Traceback" not in said.stderr


def test_where_a_machine_reads_why_nothing_starts_is_for_machines(tmp_path: Path) -> None:
    """Else the one line that tells why stands between lines of JSON, and whoever collects them loses it."""
    unreadable = onethread("serve", data_dir=tmp_path, ONETHREAD_LOG="json", ONETHREAD_DURABILITY="maybe")
    sites = json.dumps({"shop": {"name": "Shop", "keys": [{"kid": "1", "secret": "short"}]}})
    guessable = onethread(
        "serve",
        data_dir=tmp_path,
        port=free_port(),
        ONETHREAD_LOG="json",
        ONETHREAD_SITES=sites,
        ONETHREAD_DURABILTY="memory",
    )
    for said, words in ((unreadable, "ONETHREAD_DURABILITY: "), (guessable, "onethread: bad_request: ")):
        lines = [json.loads(line) for line in said.stderr.splitlines()]
        assert said.returncode == 2, said.stderr
        assert (lines[-1]["level"], lines[-1]["event"].startswith(words)) == ("error", True), lines
    misspelt = json.loads(guessable.stderr.splitlines()[0])
    assert (misspelt["level"], misspelt["name"]) == ("warning", "ONETHREAD_DURABILTY")
    assert misspelt["meant"] == "ONETHREAD_DURABILITY"


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = onethread("serve", data_dir=tmp_path, port=taken.getsockname()[1])
    assert said.returncode == 2
    assert "in use" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ({"kid": "1", "secret": "short"}, '[sites.shop] Key "1" of site "shop" has 5 bytes'),
        ({"kid": "1", "algorithm": "ES256", "secret": "no key"}, "is not a public key in PEM form"),
    ],
)
def test_a_key_with_which_anybody_could_sign_in_stops_the_start(tmp_path: Path, key: dict[str, str], said: str) -> None:
    sites = json.dumps({"shop": {"name": "Shop", "keys": [key]}})
    done = onethread("serve", data_dir=tmp_path, port=free_port(), ONETHREAD_SITES=sites)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize("words", [["doctor"], ["--help"]])
def test_commands_that_only_look(tmp_path: Path, words: list[str]) -> None:
    said = onethread(*words, data_dir=tmp_path, port=free_port())
    assert said.returncode in (0, 1)
    assert said.stdout
    assert "Traceback" not in said.stderr + said.stdout
