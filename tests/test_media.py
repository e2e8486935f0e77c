"""Covers hub/media.py: the media process, as its settings say."""

import asyncio
import socket
from pathlib import Path

import pytest

from hub.calls.recording.dump import Dump
from hub.calls.recording.library import Library
from hub.calls.relay.relay import Place
from hub.media import place_of
from hub.options import recordings
from hub.settings import Settings
from hub.store.store import Store
from tests.calls.recording.sender import all_heard
from tests.calls.workers import media_process
from tests.ports import free_ports
from tests.store.acts import PATIENCE_S, until
from tests.test_cli import onethread


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({}, Place(("0.0.0.0", "::"), tuple(range(40_000, 40_100)), (), 50)),
        ({"media_ports": "0"}, Place(("0.0.0.0", "::"), (0,), (), 50)),
        (
            {"media_hosts": ("10.0.0.1",), "media_ports": "5-6", "media_addresses": ("203.0.113.5",), "media_calls": 7},
            Place(("10.0.0.1",), (5, 6), ("203.0.113.5",), 7),
        ),
    ],
)
def test_where_it_listens(more: dict[str, object], place: Place) -> None:
    assert place_of(Settings(**more)) == place  # type: ignore[arg-type]


def test_a_port_that_is_taken_is_named(valkey: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        more = {
            "ONETHREAD_MEDIA_HOSTS": '["127.0.0.1"]',
            "ONETHREAD_MEDIA_PORTS": str(port),
            "ONETHREAD_REDIS_URL": valkey,
        }
        said = onethread("media", data_dir=tmp_path, **more)
    assert (said.returncode, f"no_media_port: 127.0.0.1, ports {port} to {port}" in said.stderr) == (2, True), (
        said.stderr
    )
    assert "Traceback" not in said.stderr


@pytest.mark.long
async def test_two_on_one_machine_share_the_ports_out(settings: Settings, store: Store) -> None:
    first = free_ports(6)
    ports = f"{first}-{first + 5}"
    async with (
        media_process(settings, store, ONETHREAD_MEDIA_PORTS=ports),
        media_process(settings, store, ONETHREAD_MEDIA_PORTS=ports),
    ):
        rows = await store.media.alive(store.clock())
        assert len({row.port for row in rows}) == 2
        assert {row.port for row in rows} <= set(range(first, first + 6))


@pytest.mark.long
async def test_asked_to_end_it_leaves_films_to_the_next_one(settings: Settings, store: Store) -> None:
    library, calls = recordings(settings), [f"{n:02d}" for n in range(30)]
    for call in calls:
        recorded(library, call)

    async def so_far() -> int:
        return len(list(library.folder.glob("*/*.film")))

    async with media_process(settings, store) as process:
        await until(so_far)
        process.terminate()
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0
    assert len(library.dumps()) == len(calls)

    async def all_told() -> bool:
        return not library.dumps()

    async with media_process(settings, store):
        await until(all_told)
    assert await so_far() == len(calls)
    told = [report.call for _, report in await store.media_reports.after("0-0") if report and report.kind == "recorded"]
    assert sorted(told) == calls


def recorded(library: Library, call: str) -> None:
    dump = Dump(library.folder / call, "1a", library.key, lambda: 0, lambda _: None)
    all_heard(dump)
    dump.ended()


async def test_serving_and_working_load_nothing_of_the_relay() -> None:
    """It brings a video library along: half a second and 50 MB that only a media process needs."""
    import sys

    asked = "import sys, hub.main, hub.work; print('aiortc' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", asked, stdout=asyncio.subprocess.PIPE)
    assert (await process.communicate())[0] == b"False\n"
