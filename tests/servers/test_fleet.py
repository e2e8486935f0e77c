"""The same story with two serving and two working processes, on one server, a Sentinel set and a Cluster."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from hub.settings import Settings
from tests.clusters import cluster_setup, sentinel_setup
from tests.servers.fleet import fleet
from tests.store.acts import own_valkey
from tests.test_story import test_one_conversation_from_greeting_to_crm as story

pytestmark = pytest.mark.servers


@asynccontextmanager
async def alone(settings: Settings) -> Any:
    async with own_valkey(settings.data_dir / "store") as embedded:
        yield embedded


SETUPS: dict[str, tuple[Callable[[Settings], AbstractAsyncContextManager[Any]], str]] = {
    "one server": (alone, "fsync"),
    "sentinel": (lambda _: sentinel_setup(), "replicated"),
    "cluster": (lambda _: cluster_setup(3, fsync="always"), "fsync"),
}


@pytest.mark.parametrize("kind", SETUPS)
async def test_the_story_told_by_four_processes(kind: str, settings: Settings) -> None:
    setup, durability = SETUPS[kind]
    async with setup(settings) as store:
        named = {"redis_url": store.url, "durability": durability}
        async with fleet(settings.model_copy(update=named)) as hub:
            await story(hub)  # type: ignore[arg-type]
            assert hub.alive
