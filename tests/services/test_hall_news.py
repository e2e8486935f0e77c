"""Covers hub/services/hall_news.py: what a party's page gets of its room."""

import asyncio
import json

from hub.model.media import HallLost, HallOffer, HallStream
from hub.services.hall_news import HallNews
from hub.store.store import Store

OFFER = HallOffer("call", "agent:li", "page", "place", 3, "v=0", (HallStream("0", "customer", "audio"),))


async def test_an_offer_goes_to_its_party_only_and_a_lost_place_sends_it_elsewhere(store: Store) -> None:
    news, heard = HallNews(store.whispers), store.whispers.hear()
    listening = asyncio.ensure_future(anext(heard))
    try:
        async with asyncio.timeout(8):
            while not listening.done():
                await news.hear(OFFER)
                await asyncio.wait([listening], timeout=0.05)
        told = listening.result()
        assert (told.kind, told.subject, told.device) == ("signal", "call", "agent:li")
        frame = json.loads(told.frame)
        assert (frame["t"], frame["from"], frame["generation"], frame["place"]) == (
            "rtc.description",
            "room",
            3,
            "place",
        )
        assert frame["streams"] == [{"mid": "0", "party": "customer", "kind": "audio"}]
        await news.hear(HallLost("call", "agent:li"))
        while (told := await anext(heard)).frame.startswith('{"t":"rtc'):
            pass
        assert json.loads(told.frame) == {"t": "call.moved", "call": "call"}
    finally:
        await heard.aclose()  # type: ignore[attr-defined]
