"""What is known of a call's hall: its number and secrets, and each party's session there. For whichever process."""

from typing import Literal

from pydantic import ValidationError

from hub.model.call import Mode
from hub.model.party import Value
from hub.store.client import Client
from hub.store.keys import Keys

LIFE_S = 24 * 3_600


class Hall(Value):
    """`number` is Janus' own name of it; `secret` changes it, `pin` and a token open it."""

    number: int
    secret: str
    pin: str


class Line(Value):
    """One medium that a party receives: under which `mid`, from which feed."""

    mid: str
    feed: int
    kind: Literal["audio", "video"]


class Seated(Value):
    """A party's session at Janus: its handles for what it sends and (0 = not yet) receives, its feed, and what it
    hears, and the `mid` of what it sends ("" = nothing of that kind). `mode` is how it sits there, for good."""

    pc: str
    place: str
    session: int
    sending: int
    receiving: int
    feed: int
    private: int
    lines: tuple[Line, ...] = ()
    voice: str = ""
    picture: str = ""
    mode: Mode = "full"

    def is_of(self, pc: str, mode: Mode) -> bool:
        """Is it the place of this page, which is there so?"""
        return (self.pc, self.mode) == (pc, mode)


class Halls:
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def _key(self, call: str, what: str) -> str:
        return f"{self._keys.of(call)}hall:{call}:{what}"

    async def settle(self, call: str, fresh: Hall) -> Hall:
        """The call's hall: `fresh`, unless it has one."""
        key = self._key(call, "made")
        await self._client.do("SET", key, fresh.model_dump_json(), "NX", "EX", LIFE_S)
        return await self.of(call) or fresh

    async def of(self, call: str) -> Hall | None:
        found = await self._client.do("GET", self._key(call, "made"))
        return Hall.model_validate_json(found) if found else None

    async def seat(self, call: str, party: str, seated: Seated) -> None:
        key = self._key(call, "seated")
        await self._client.do("HSET", key, party, seated.model_dump_json())
        await self._client.do("EXPIRE", key, LIFE_S)

    async def seated(self, call: str, party: str) -> Seated | None:
        return _seated(await self._client.do("HGET", self._key(call, "seated"), party))

    async def all_seated(self, call: str) -> dict[str, Seated]:
        """By party."""
        found = await self._client.do("HGETALL", self._key(call, "seated"))
        return {party.decode(): seated for party, raw in found.items() if (seated := _seated(raw)) is not None}

    async def leave(self, call: str, party: str) -> None:
        await self._client.do("HDEL", self._key(call, "seated"), party)

    async def forget(self, call: str) -> None:
        await self._client.do("DEL", self._key(call, "made"))
        await self._client.do("DEL", self._key(call, "seated"))


def _seated(raw: bytes | None) -> Seated | None:
    try:
        return Seated.model_validate_json(raw) if raw else None
    except ValidationError:
        return None  # another version's: they come in anew
