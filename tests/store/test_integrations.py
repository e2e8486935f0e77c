"""Covers hub/store/integrations.py: how a connection does, as several processes found together."""

import pytest

from hub.store.integrations import BREAKER_MS, HOUR_MS, KEPT, WEEK_MS, Found, IntegrationHealth, News
from hub.store.store import Store

NOW = 1_795_572_000_000
NOTHING = News(0, 0, 0, None, {})
DRIFT = ("drift", "orders", "$.total", "missing")
VALUE = ("unmapped", "orders", "status", "潜在 ' or 1=1")


@pytest.fixture
def one(store: Store) -> IntegrationHealth:
    return IntegrationHealth(store.client, store.keys, "one")


@pytest.fixture
def two(store: Store) -> IntegrationHealth:
    return IntegrationHealth(store.client, store.keys, "two")


async def test_nothing_is_known_of_who_was_never_asked(one: IntegrationHealth) -> None:
    health = await one.read("shop", NOW)
    assert (health.last_ok, health.last_error, health.ok, health.failed, health.breaker) == (0, None, 0, 0, "closed")
    assert health.findings == ()


async def test_what_two_processes_saw_is_added_up(one: IntegrationHealth, two: IntegrationHealth) -> None:
    await one.add("shop", News(3, 1, NOW - 5, (NOW, "crm_unavailable", "orders"), {DRIFT: 1}), "closed", NOW)
    await two.add("shop", News(2, 0, NOW, None, {DRIFT: 2, VALUE: 1}), "closed", NOW + 1)
    await two.add("other", News(9, 9, 1, None, {}), "open", NOW)
    health = await one.read("shop", NOW + 2)
    assert (health.ok, health.failed, health.last_ok) == (5, 1, NOW)
    assert health.last_error == (NOW, "crm_unavailable", "orders")
    assert set(health.findings) == {Found(DRIFT, 3, NOW + 1), Found(VALUE, 1, NOW + 1)}
    assert health.breaker == "closed"


async def test_calls_count_for_an_hour_and_findings_for_a_week(store: Store, one: IntegrationHealth) -> None:
    await one.add("shop", News(3, 1, NOW, None, {DRIFT: 1}), "closed", NOW)
    later = NOW + HOUR_MS + 600_000
    await one.add("shop", News(1, 0, later, None, {}), "closed", later)
    health = await one.read("shop", later)
    assert (health.ok, health.failed, len(health.findings), health.last_ok) == (1, 0, 1, later)
    assert (await one.read("shop", NOW + WEEK_MS + 1)).findings == ()
    calls = await store.client.do("HGETALL", store.keys.everywhere("crm:shop:calls"))
    assert {key.decode() for key in calls} == {"last_ok"}, "what is past is forgotten"


@pytest.mark.parametrize(
    ("mine", "theirs", "told"),
    [("closed", "open", "open"), ("half_open", "closed", "half_open"), ("half_open", "open", "open")],
)
async def test_the_worst_breaker_of_any_living_process_is_told(
    one: IntegrationHealth, two: IntegrationHealth, mine: str, theirs: str, told: str
) -> None:
    await one.add("shop", NOTHING, mine, NOW)  # type: ignore[arg-type]
    await two.add("shop", NOTHING, theirs, NOW)  # type: ignore[arg-type]
    assert (await one.read("shop", NOW)).breaker == told
    assert (await one.read("shop", NOW + BREAKER_MS + 1)).breaker == "closed", "they are gone"


async def test_a_crm_that_has_any_number_of_values_does_not_fill_the_store(one: IntegrationHealth) -> None:
    for part in range(4):
        many = {("unmapped", "orders", "status", f"{part}-{n}"): 1 for n in range(KEPT)}
        await one.add("shop", News(1, 0, 1, None, many), "closed", NOW)
    assert len((await one.read("shop", NOW)).findings) == KEPT
