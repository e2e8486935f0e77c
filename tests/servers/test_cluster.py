"""On a Cluster of three primaries: all that the store promises, and one whole story of the hub."""

from collections.abc import Iterator

import pytest
from redis.crc import key_slot

from hub.doctor import Level
from hub.doctor.store import examine_store
from hub.settings import Settings
from hub.store.store import Store
from tests.clusters import cluster_setup, kept
from tests.servers.contract import contract
from tests.test_story import test_one_conversation_from_greeting_to_crm as story

pytestmark = pytest.mark.long

globals().update(contract())
test_one_conversation_from_greeting_to_crm = story


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with kept(cluster_setup(3, fsync="always")) as setup:
        yield setup.url


async def test_the_shards_are_at_several_primaries(store: Store) -> None:
    """Or the rest of this file would say nothing about a cluster."""
    topology = store.client.topology
    assert len({topology.map.at(key_slot(store.keys.shard(n).encode())) for n in range(store.keys.shards)}) > 1


async def test_a_member_of_the_past_sends_on(store: Store) -> None:
    """MOVED: our map of the cluster is old."""
    topology = store.client.topology
    [*ranges], epoch = topology.map.ranges, topology.map.epoch
    urls = [url for _, _, url in ranges]
    topology.map = type(topology.map)(
        tuple((a, b, url) for (a, b, _), url in zip(ranges, urls[1:] + urls[:1], strict=True)), epoch
    )
    key = store.keys.everywhere("x")
    await store.client.do("SET", key, 1)
    assert await store.client.do("GET", key) == b"1"


async def test_the_doctor_finds_it_well(settings: Settings) -> None:
    found = await examine_store(settings)
    [lax] = [f for f in found if f.level is not Level.OK]
    assert 'Durability is "fsync"' in lax.what.en
    assert "The cluster is whole: 3 primaries." in [f.what.en for f in found]


async def test_the_doctor_of_a_cluster_that_is_not_there(settings: Settings) -> None:
    found = await examine_store(settings.model_copy(update={"redis_url": "redis+cluster://127.0.0.1:1"}))
    assert "No member of the cluster answers at 127.0.0.1:1." in [f.what.en for f in found]
