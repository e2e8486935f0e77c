"""What a call's room tells one of its parties: an offer of all that it receives, or that its place is gone."""

from contextlib import suppress

from pydantic_core import to_json

from hub.model.errors import StoreUnavailable
from hub.model.media import HallLost, HallOffer
from hub.store.whispers import Whisper, Whispers

THE_HALL = "room"  # as the wire calls it: `to` and `from` of descriptions


class HallNews:
    def __init__(self, whispers: Whispers) -> None:
        self._whispers = whispers

    async def hear(self, news: HallOffer | HallLost) -> None:
        """It may be lost: an offer is told again when the party joins again."""
        frame = _offered(news) if isinstance(news, HallOffer) else {"t": "call.moved", "call": news.call}
        whisper = Whisper(kind="signal", subject=news.call, device=news.party, frame=to_json(frame).decode())
        with suppress(StoreUnavailable):
            await self._whispers.say(whisper)


def _offered(news: HallOffer) -> dict[str, object]:
    return {
        "t": "rtc.description",
        "call": news.call,
        "from": THE_HALL,
        "pc": news.pc,
        "place": news.place,
        "generation": news.generation,
        "type": "offer",
        "sdp": news.sdp,
        "streams": [{"mid": each.mid, "party": each.party, "kind": each.kind} for each in news.streams],
    }
