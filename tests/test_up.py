"""Covers hub/up.py where tests/test_cli.py does not: two processes, and an admin port for each."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port, free_ports
from tests.processes import COMMAND
from tests.test_cli import UP_S, env, onethread

pytestmark = pytest.mark.long


def test_an_admin_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = onethread("work", data_dir=tmp_path, ONETHREAD_ADMIN_PORT=str(port))
    assert (said.returncode, f"admin_port: 127.0.0.1:{port}" in said.stderr) == (2, True), said.stderr
    assert "Traceback" not in said.stderr


def test_a_port_at_which_another_program_answers_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = onethread("up", data_dir=tmp_path, port=port)
    assert (said.returncode, said.stderr.strip()) == (2, f"ONETHREAD_PORT: 127.0.0.1:{port}: Address already in use")


def test_a_data_directory_that_can_not_be_is_no_passing_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = onethread("up", data_dir=tmp_path / "file", port=free_port())
    assert (said.returncode, "can't be used" in said.stderr) == (2, True), said.stderr


def test_an_admin_port_that_is_also_the_customers_is_named(tmp_path: Path) -> None:
    port = free_ports(4)
    said = onethread("up", data_dir=tmp_path, port=port + 2, ONETHREAD_ADMIN_PORT=str(port))
    assert said.returncode == 2
    assert (
        said.stderr.strip()
        == f"ONETHREAD_PORT: {port + 2} is the admin port of `media`, counted from ONETHREAD_ADMIN_PORT"
    )


def test_where_a_machine_reads_a_refusal_is_for_machines(tmp_path: Path) -> None:
    port = str(free_ports(4))
    for level in ("info", "error"):
        said = onethread(
            "up",
            data_dir=tmp_path,
            port=int(port),
            ONETHREAD_ADMIN_PORT=port,
            ONETHREAD_LOG="json",
            ONETHREAD_LOG_LEVEL=level,
        )
        [line] = said.stderr.splitlines()
        assert (said.returncode, json.loads(line)["level"]) == (2, "error")
        assert "is the admin port of `serve`" in json.loads(line)["event"]


async def test_where_a_machine_reads_every_line_is_for_machines(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "up", env=env(tmp_path, free_port(), ONETHREAD_LOG="json"), stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    told = list[str]()
    try:
        async with asyncio.timeout(UP_S):
            while not told or not told[-1].startswith("OneThread is up at http://127.0.0.1:"):
                told.append(json.loads(await process.stderr.readline())["event"])
    finally:
        process.send_signal(signal.SIGTERM)
        rest = (await asyncio.wait_for(process.stderr.read(), UP_S)).decode().splitlines()
    assert "stopping ..." in [json.loads(line)["event"] for line in rest]
    assert await process.wait() == 0


async def test_each_process_has_an_admin_port_of_its_own(tmp_path: Path) -> None:
    admin, port = free_ports(4), free_port()  # media and voice have theirs, too
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "up", env=env(tmp_path, port, ONETHREAD_ADMIN_PORT=str(admin))
    )
    try:
        async with asyncio.timeout(UP_S), httpx.AsyncClient() as http:
            for port, name in ((admin, "serve"), (admin + 1, "work")):
                while True:
                    try:
                        if (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                            break
                    except httpx.TransportError:
                        await asyncio.sleep(0.02)
                told = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
                assert f'process="{name}"' in told
                assert "onethread_store_up 1.0" in told
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), UP_S) == 0
