"""Ids: sortable by time, derived ones follow from their cause, customers spread evenly over the shards."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from hub.model.ids import ALPHABET, derived, shard_of, ulid
from hub.model.party import Id, Ulid

times = st.integers(0, 2**48 - 1)
chances = st.binary(min_size=10, max_size=10)
ULID: TypeAdapter[str] = TypeAdapter(Ulid)
ID: TypeAdapter[str] = TypeAdapter(Id)


@given(times, chances)
def test_a_ulid_has_its_shape_and_gives_back_time_and_chance(at: int, chance: bytes) -> None:
    made = ulid(at, chance)
    assert ULID.validate_python(made) == ID.validate_python(made) == made
    number = 0
    for letter in made:
        number = number << 5 | ALPHABET.index(letter)
    assert (number >> 80, (number & (1 << 80) - 1).to_bytes(10, "big")) == (at, chance)


@given(times, chances, times, chances)
def test_ulids_sort_as_their_times_do(at: int, chance: bytes, later: int, other: bytes) -> None:
    if at != later:
        assert (ulid(at, chance) < ulid(later, other)) == (at < later)


def test_the_ulid_of_the_specification() -> None:
    """The spec's own example begins with 01ARZ3NDEK for 1469922850259."""
    assert ulid(1_469_922_850_259, bytes(10)) == "01ARZ3NDEK" + "0" * 16
    assert ulid(2**48 - 1, b"\xff" * 10) == "7" + "Z" * 25


@given(
    st.lists(st.text("ab:/-01\x00é", max_size=6), max_size=4), st.lists(st.text("ab:/-01\x00é", max_size=6), max_size=4)
)
def test_the_same_cause_gives_the_same_id_and_another_cause_another(one: list[str], other: list[str]) -> None:
    assert ULID.validate_python(derived(*one)) == derived(*one)
    if one and other:
        assert (derived(*one) == derived(*other)) == (one == other)


def test_a_derived_id_stays_the_same_in_every_version() -> None:
    """Effects in CRMs are marked with these: another digest would do all of them again."""
    assert derived("bot", "wang", "e1", "7") == "4HXXB57S5NAG63BGVQ21VVK4KG"
    assert shard_of("01J8ZC2Q6H0000000000000000", 16) == 11


def test_customers_spread_evenly_over_the_shards() -> None:
    keys = [ulid(1_795_572_000_000 + n, derived(str(n)).encode()[:10]) for n in range(16_000)]
    counts = Counter(shard_of(key, 16) for key in keys)
    assert set(counts) == set(range(16))
    assert max(counts.values()) < 1.15 * 1_000
    assert min(counts.values()) > 0.85 * 1_000


@given(st.text(max_size=80), st.integers(1, 64))
def test_a_key_is_on_one_shard(key: str, shards: int) -> None:
    assert 0 <= shard_of(key, shards) < shards
    assert shard_of(key, shards) == shard_of(key, shards)


def test_the_alphabet_has_no_letters_that_look_like_others() -> None:
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{32}", ALPHABET)
