"""Covers hub/metrics/calls.py: what is told of calls, by who serves them and by who relays them."""

import pytest

from hub.calls.relay.relay import Place, open_relay
from hub.metrics.calls import SCORES, of_calls, of_relay
from hub.metrics.histogram import Histogram
from hub.metrics.page import Page
from hub.model.errors import MediaFull
from tests.metrics.test_page import read, value


async def test_a_relay_tells_what_it_carries_and_what_it_refused() -> None:
    async with open_relay(Place(("127.0.0.1",), (0,), (), 1), lambda news: None) as relay:
        page = Page(of_relay(relay))
        await relay.open("one")
        with pytest.raises(MediaFull):
            await relay.open("two")
        told = read(page.text().decode())
        assert (value(told, "media_calls"), value(told, "media_calls_max"), value(told, "media_full")) == (1, 1, 1)
        assert (value(told, "media_calls_taken_total"), value(told, "media_calls_refused_total")) == (1, 1)
        await relay.close("one")
        told = read(page.text().decode())
        assert (value(told, "media_calls"), value(told, "media_full")) == (0, 0)
        assert value(told, "media_packets_total") == 0


async def test_how_calls_are_heard_is_told() -> None:
    scores = Histogram(SCORES)
    scores.observe(4.25)
    scores.observe(2.0)
    told = read(Page(of_calls(lambda: 3, scores)).text().decode())
    assert value(told, "call_connections") == 3
    assert value(told, "call_mos_count") == 2
    assert value(told, "call_mos_bucket", le="2.0") == 1
