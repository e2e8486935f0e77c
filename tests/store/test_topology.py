"""Who is believed to be primary, and that whoever asks is told of a change."""

import pytest

from hub.model.errors import StoreUnavailable
from hub.store.topology import Map, Topology, believed, place_of, whole

OLD, NEW = whole("redis://old", 1), whole("redis://new", 2)


def test_the_newest_answer_counts_however_few_give_it() -> None:
    assert believed([OLD, NEW, OLD], OLD) == NEW


def test_who_tells_of_yesterday_is_not_believed() -> None:
    """A sentinel that was cut off still names the old primary."""
    assert believed([OLD, whole("redis://older", 0)], NEW) == NEW


def test_a_set_that_was_made_anew_is() -> None:
    assert believed([OLD, OLD, OLD], NEW) == OLD


def test_silence_is_no_answer() -> None:
    with pytest.raises(StoreUnavailable):
        believed([], NEW)


async def test_whoever_asked_is_told_of_a_change_and_only_of_that() -> None:
    told: list[str] = []
    answers = [[OLD], [OLD], [OLD, NEW], [NEW]]

    async def look() -> list[Map]:
        return answers.pop(0)

    topology = Topology(OLD, look)

    async def changed() -> None:
        told.append(topology.map.at(7))

    topology.changed.append(changed)
    while answers:
        await topology.refresh()
    assert told == ["redis://new"]


async def test_the_first_look_has_its_time() -> None:
    async def nobody() -> list[Map]:
        return []

    with pytest.raises(StoreUnavailable):
        await Topology(Map(()), nobody).first(0.01)


def test_a_slot_without_a_primary_is_named() -> None:
    half = Map(((0, 99, "redis://:s3cret@h:1"),))
    assert place_of(half.at(99)) == "h:1"
    with pytest.raises(StoreUnavailable, match="slot 100"):
        half.at(100)
