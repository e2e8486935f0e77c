"""The media process, assembled: the relay, and the worker that says what it is asked and what became of its calls."""

import asyncio
import secrets

import structlog

from hub.admin import admin_port, beside_the_store
from hub.calls.recording.keeper import Keeper
from hub.calls.recording.kept import Kept
from hub.calls.relay.relay import Place, open_relay
from hub.calls.worker import MediaWorker, Told
from hub.memory import settle_memory
from hub.metrics.calls import of_relay
from hub.metrics.families import of_clock
from hub.metrics.page import Page
from hub.model.errors import MediaUnavailable
from hub.options import recordings, store_options
from hub.process import asked_to_end
from hub.settings import Settings
from hub.store.census import Census
from hub.store.store import open_store

log = structlog.get_logger()
MOST_DRAIN_S = 7.0  # below the 9 s after which a process that was asked to end is ended (hub/process.py)


def place_of(settings: Settings) -> Place:
    first, _, last = settings.media_ports.partition("-")
    ports = tuple(range(int(first), int(last or first) + 1))
    return Place(settings.media_hosts, ports, settings.media_addresses, settings.media_calls, settings.media_outlet)


async def media(settings: Settings) -> None:
    """Relay calls until SIGTERM; then let them go elsewhere. Nothing else runs on this loop: it would be heard."""
    told, library = Told(), recordings(settings)

    async def ready(kept: Kept) -> None:
        await worker.tell_of(kept)

    async with (
        open_store(store_options(settings)) as store,
        open_relay(place_of(settings), told.tell, keeper := Keeper(library, ready)) as relay,
        asyncio.TaskGroup() as tasks,
    ):
        name = secrets.token_hex(8)
        worker = MediaWorker(name, relay, told, store.media, store.media_asks, store.media_reports, store.clock)
        census, page = Census(store, store.clock), Page(of_relay(relay), of_clock(store.clock))
        readiness = beside_the_store(store, "announced", worker.announced, MediaUnavailable("not announced yet"))
        async with admin_port(settings, "media", page, census, readiness):
            running = [
                tasks.create_task(worker.run()),
                tasks.create_task(_say_ready(worker, relay.addresses, relay.port.number)),
                tasks.create_task(keeper.run()),
            ]
            settle_memory()
            await asked_to_end()
            for task in running:
                task.cancel()
            await asyncio.wait(running)
            await worker.drain(min(settings.drain_s, MOST_DRAIN_S))


async def _say_ready(worker: MediaWorker, addresses: tuple[str, ...], port: int) -> None:
    await worker.announced.wait()
    log.info("relaying", addresses=addresses, udp=port)
