"""Covers hub/calls/hall/feed.py: who subscribes to whose feed, as each process reads it at Janus."""

from itertools import product
from typing import get_args

import pytest

from hub.calls.hall.feed import Feed, feed_of
from hub.model.call import Mode

PARTIES = ("customer", "agent:li", "guest:pit")
MODES: tuple[Mode, ...] = get_args(Mode)


@pytest.mark.parametrize(("party", "mode"), list(product(PARTIES, MODES)))
def test_janus_tells_each_process_whose_it_is_and_how_they_are_there(party: str, mode: Mode) -> None:
    assert feed_of(Feed(party, mode).display) == Feed(party, mode)


def test_a_party_as_any_other_is_called_as_before() -> None:
    assert Feed("agent:li").display == "agent:li"
    assert feed_of("agent:li") == Feed("agent:li", "full")


@pytest.mark.parametrize("party", PARTIES)
def test_a_party_is_for_everybody_and_a_listener_for_nobody(party: str) -> None:
    for receiver, mode in product(PARTIES, MODES):
        assert Feed(party).is_for(receiver, mode)
        assert not Feed(party, "listen").is_for(receiver, mode)


def test_what_is_whispered_is_for_agents_who_are_parties() -> None:
    whispered = Feed("agent:boss", "whisper")
    assert [party for party in PARTIES if whispered.is_for(party, "full")] == ["agent:li"]
    assert not any(whispered.is_for(party, mode) for party in PARTIES for mode in ("listen", "whisper"))  # type: ignore[arg-type]


def test_what_a_newer_version_calls_otherwise_is_for_nobody() -> None:
    assert not feed_of("shout agent:boss").is_for("customer", "full")
    assert not feed_of("shout agent:boss").is_for("agent:li", "full")
