"""What Janus sends on of a room's parties to be recorded (`rtp_forward`), under keys of ours. By any process."""

from hub.calls.hall.wire import Address, NotThere, RefusedByJanus, Wire, once
from hub.calls.payloads import OPUS, VP8
from hub.model.errors import MediaUnavailable, NotFound
from hub.model.media import Forward, Outlet
from hub.store.halls import Hall, Halls, Seated

TAG_BITS = 80  # of HMAC-SHA1


class Forwarding:
    """All methods raise MediaUnavailable and StoreUnavailable."""

    def __init__(self, address: Address, book: Halls) -> None:
        self._address = address
        self._book = book

    async def senders(self, call: str) -> tuple[str, ...]:
        return tuple(party for party, seated in (await self._book.all_seated(call)).items() if _sends(seated))

    async def forward(self, call: str, forward: Forward, to: Outlet) -> int:
        """Raises NotFound: it does not send."""
        hall, seated = await self._book.of(call), await self._book.seated(call, forward.party)
        if hall is None or seated is None or not _sends(seated):
            raise NotFound("it does not send")
        async with once(self._address) as (wire, session, handle):
            forwarders = Forwarders(wire, session, handle, hall, self._address.create_key)
            await forwarders.stop(seated.feed)
            try:
                return await forwarders.forward(seated, forward, to)
            except NotThere as problem:
                raise NotFound("it does not send any more") from problem

    async def nothing(self, call: str) -> None:
        hall = await self._book.of(call)
        if hall is None:
            return
        try:
            async with once(self._address) as (wire, session, handle):
                await Forwarders(wire, session, handle, hall, self._address.create_key).stop()
        except NotThere:
            return  # a Janus that started anew forwards nothing


class Forwarders:
    """Words about one room, by whoever knows its secret."""

    def __init__(self, wire: Wire, session: int, handle: int, hall: Hall, key: str) -> None:
        self._wire, self._session, self._handle = wire, session, handle
        self._words = {"room": hall.number, "secret": hall.secret, **({"admin_key": key} if key else {})}

    async def _say(self, request: str, **words: object) -> dict[str, object]:
        body = {"request": request, **self._words, **words}
        return (await self._wire.say(self._session, self._handle, body)).told

    async def forward(self, seated: Seated, forward: Forward, to: Outlet) -> int:
        voice = {"mid": seated.voice, "port": to.port, "ssrc": forward.audio, "pt": OPUS}
        picture = {"mid": seated.picture, "port": to.port, "ssrc": forward.video, "pt": VP8, "rtcp_port": to.port}
        streams = [each for each in (voice, picture) if each["mid"]]
        sealed = {"srtp_suite": TAG_BITS, "srtp_crypto": forward.key}
        told = await self._say("rtp_forward", publisher_id=seated.feed, host=to.host, streams=streams, **sealed)
        made = told.get("forwarders")
        if not isinstance(made, list) or not all(each.get("srtp") for each in made):
            await self.stop(seated.feed)
            raise MediaUnavailable("Janus would forward in the clear")
        if not made:
            raise NotFound("it sends nothing")
        return next((int(each["local_rtcp_port"]) for each in made if each.get("local_rtcp_port")), 0)

    async def stop(self, feed: int = 0) -> None:
        """What is forwarded of this feed; 0 = of all. Raises NotThere."""
        listed = (await self._say("listforwarders")).get("publishers", [])
        assert isinstance(listed, list)
        for each in listed:
            publisher = int(each["publisher_id"])
            if feed in (0, publisher):
                for stream in each.get("forwarders", []):
                    await self._stop(publisher, int(stream["stream_id"]))

    async def _stop(self, publisher: int, stream: int) -> None:
        try:
            await self._say("stop_rtp_forward", publisher_id=publisher, stream_id=stream)
        except (NotThere, RefusedByJanus):
            return  # it left at this moment, and what was forwarded of it went with it


def _sends(seated: Seated) -> bool:
    """What may be recorded. A recording stops when somebody whispers; should one go on, it has nothing of them."""
    return seated.mode == "full" and bool(seated.voice or seated.picture)
