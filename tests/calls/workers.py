"""Media workers for tests: in this process, or as `onethread media`, to be killed at will."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from hub.calls.recording.keeper import Keeper
from hub.calls.recording.kept import Kept
from hub.calls.relay.call import News
from hub.calls.relay.relay import Place, Relay, open_relay
from hub.calls.relay.strain import Strain
from hub.calls.relay.tap import Taps
from hub.calls.remote import RemoteMedia
from hub.calls.worker import MediaWorker, Told
from hub.options import recordings
from hub.settings import Settings
from hub.store.store import Store
from tests.processes import COMMAND, environment
from tests.running import PATIENCE_S

HERE = Place(hosts=("127.0.0.1",))


class Calm(Strain):
    """A test's process is busy with the test: that is no reason to take no calls."""

    too_much = False


@asynccontextmanager
async def calm_relay(place: Place, tell: Callable[[News], None], taps: Taps | None = None) -> AsyncIterator[Relay]:
    async with open_relay(place, tell, taps) as relay:
        relay.strain = Calm()
        yield relay


def remote(store: Store) -> RemoteMedia:
    return RemoteMedia(store.media, store.media_asks, store.clock)


@asynccontextmanager
async def worker_on(
    store: Store, taps: Taps | None = None, place: Place = HERE
) -> AsyncIterator[tuple[MediaWorker, Relay]]:
    """It has said that it lives."""
    told = Told()
    async with calm_relay(place, told.tell, taps) as relay, asyncio.TaskGroup() as tasks:
        parts = (store.media, store.media_asks, store.media_reports, store.clock)
        worker = MediaWorker(secrets.token_hex(8), relay, told, *parts)
        running = tasks.create_task(worker.run())
        await worker.announced.wait()
        try:
            yield worker, relay
        finally:
            running.cancel()


@asynccontextmanager
async def calm_media(settings: Settings, store: Store, place: Place) -> AsyncIterator[None]:
    """What `onethread media` is, in this process and never too busy to take a call: it records, too."""

    async def ready(kept: Kept) -> None:
        await worker.tell_of(kept)

    keeper = Keeper(recordings(settings), ready)
    async with worker_on(store, keeper, place) as (worker, _), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(keeper.run())
        try:
            yield
        finally:
            running.cancel()


@asynccontextmanager
async def media_process(settings: Settings, store: Store, **more: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """One that has said that it lives; it ends with the block, if it did not before."""
    there = len(await store.media.alive(store.clock()))
    env = environment(settings, 0) | {"ONETHREAD_MEDIA_HOSTS": '["127.0.0.1"]', "ONETHREAD_MEDIA_PORTS": "0"} | more
    process = await asyncio.create_subprocess_exec(*COMMAND, "media", env=env)
    try:
        async with asyncio.timeout(5 * PATIENCE_S):
            while len(await store.media.alive(store.clock())) <= there:
                assert process.returncode is None
                await asyncio.sleep(0.02)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 2 * PATIENCE_S)
