"""Where each party of a call sits: which peer connections of whose page. Kept while it is heard of."""

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from hub.model.party import Value
from hub.store.client import Client
from hub.store.keys import Keys

LIFE_S = 24 * 3_600
TURNS = "turns"  # stands among the parties
NAMED_S = 30 * LIFE_S  # a recording may be told of late


class Seat(Value):
    """`pc` names the page's peer connections, `connection` its socket. `turn` rises with each page that
    comes; `anew`: this party had another one before."""

    party: str
    name: str
    pc: str
    connection: str
    turn: int = 0
    anew: bool = False


class Seats:
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._heard = keys.everywhere("calls:heard")
        self._agents = keys.everywhere("calls:agents")

    def _key(self, conversation: str, call: str) -> str:
        return f"{self._keys.of(conversation)}seats:{conversation}:{call}"

    def _shown(self, conversation: str, call: str) -> str:
        return f"{self._keys.of(conversation)}shows:{conversation}:{call}"

    async def next_turn(self, conversation: str, call: str) -> int:
        """1, 2, 3 ...: of two who come at once, everybody sees alike who was later."""
        return int(await self._client.do("HINCRBY", self._key(conversation, call), TURNS, 1))

    async def take(self, conversation: str, call: str, seat: Seat, now_ms: int) -> None:
        key = self._key(conversation, call)
        await self._client.do("HSET", key, seat.party, seat.model_dump_json())
        await self._client.do("EXPIRE", key, LIFE_S)
        await self.hear(conversation, call, now_ms)

    async def all(self, conversation: str, call: str) -> dict[str, Seat]:
        """By party."""
        found = {}
        for party, raw in (await self._client.do("HGETALL", self._key(conversation, call))).items():
            if party.decode() == TURNS:
                continue
            try:
                found[party.decode()] = Seat.model_validate_json(raw)
            except ValidationError:
                continue  # another version's: they join again
        return found

    async def leave(self, conversation: str, call: str, party: str) -> None:
        await self._client.do("HDEL", self._key(conversation, call), party)
        await self._client.do("HDEL", self._shown(conversation, call), party)

    async def show(self, conversation: str, call: str, party: str, what: dict[str, bool]) -> None:
        """What of theirs the others get, for who comes later."""
        key = self._shown(conversation, call)
        await self._client.do("HSET", key, party, to_json(what))
        await self._client.do("EXPIRE", key, LIFE_S)

    async def shown(self, conversation: str, call: str) -> dict[str, dict[str, bool]]:
        """By party, of those who said it."""
        found = await self._client.do("HGETALL", self._shown(conversation, call))
        return {party.decode(): from_json(what) for party, what in found.items()}

    async def forget(self, conversation: str, call: str) -> None:
        """The call is over."""
        await self._client.do("DEL", self._key(conversation, call))
        await self._client.do("DEL", self._shown(conversation, call))
        await self._client.do("ZREM", self._heard, _of(conversation, call))

    # --- who is still there ---------------------------------------------------------------------------------

    async def hear(self, conversation: str, call: str, now_ms: int) -> None:
        """Somebody in this call lives."""
        await self._client.do("ZADD", self._heard, "GT", now_ms, _of(conversation, call))

    async def conversations(self) -> list[str]:
        """Those in which there is a call that was accepted."""
        return [each.decode().partition(" ")[0] for each in await self._client.do("ZRANGE", self._heard, 0, -1)]

    # --- which agents are in a call ---------------------------------------------------------------------------

    async def engage(self, agent: str, conversation: str, call: str) -> None:
        """The agent is in this call, and can take no other."""
        await self._client.do("HSET", self._agents, agent, _of(conversation, call))

    async def release(self, conversation: str, call: str, agent: str = "") -> None:
        """The agent has left this call; "" = it is over for all of them."""
        for other, where in (await self.engaged()).items():
            if where == (conversation, call) and agent in ("", other):
                await self._client.do("HDEL", self._agents, other)

    async def engaged(self) -> dict[str, tuple[str, str]]:
        """Agent -> the conversation and the call that they are in."""
        found = await self._client.do("HGETALL", self._agents)
        return {agent.decode(): _parts(where) for agent, where in found.items()}

    async def call_of(self, agent: str) -> tuple[str, str] | None:
        """The conversation and the call that an agent is in."""
        where = await self._client.do("HGET", self._agents, agent)
        return _parts(where) if where else None

    async def name(self, call: str, conversation: str) -> None:
        """Which conversation a call belongs to: what media workers tell is about calls."""
        await self._client.do("SET", self._named(call), conversation, "EX", NAMED_S)

    async def conversation_of(self, call: str) -> str:
        """ "" = nobody knows any more."""
        found = await self._client.do("GET", self._named(call))
        return found.decode() if found else ""

    def _named(self, call: str) -> str:
        return f"{self._keys.of(call)}call:{call}"

    async def silent(self, before_ms: int) -> list[tuple[str, str]]:
        """(conversation, call) of those of whom nobody was heard since."""
        found = await self._client.do("ZRANGEBYSCORE", self._heard, "-inf", f"({before_ms}")
        return [_parts(each) for each in found]


def _parts(where: bytes) -> tuple[str, str]:
    conversation, _, call = where.decode().partition(" ")
    return conversation, call


def _of(conversation: str, call: str) -> str:
    return f"{conversation} {call}"
