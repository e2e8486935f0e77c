"""Which media workers live, and which of them has which call: leases that expire. All raise StoreUnavailable."""

from hub.model.party import Value
from hub.store.client import Client
from hub.store.keys import Keys
from hub.store.media_reports import KEPT, stream_of

PLACE_MS = 600_000  # a worker prolongs it as long as the call lasts


class MediaWorker(Value):
    """`free`: it takes further calls. `most` is how many it may have at once."""

    id: str
    addresses: tuple[str, ...]
    port: int
    calls: int
    most: int
    free: bool


class MediaWorkers:
    """Times are epoch ms, of the store's clock."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._leases = keys.everywhere("media:leases")
        self._workers = keys.everywhere("media:workers")
        self._reports = stream_of(keys)
        self._place = keys.everywhere("media:place:")
        self._calls_of = keys.everywhere("media:calls:")
        self._asks_of = keys.everywhere("media:asks:")

    async def announce(self, worker: MediaWorker, until_ms: int) -> bool:
        """It lives, and says how it is. True when it was not known: it is new, or was taken for dead."""
        row = worker.model_dump_json()
        added, _ = await self._client.several(
            [("ZADD", self._leases, until_ms, worker.id), ("HSET", self._workers, worker.id, row)]
        )
        return bool(added)

    async def alive(self, now_ms: int) -> list[MediaWorker]:
        """Those whose lease has not run out."""
        ids, rows = await self._client.several(
            [("ZRANGEBYSCORE", self._leases, f"({now_ms}", "+inf"), ("HGETALL", self._workers)]
        )
        return [MediaWorker.model_validate_json(rows[each]) for each in ids if each in rows]

    async def dead(self, now_ms: int) -> list[str]:
        """Those whose lease ran out and who were not buried yet."""
        return [each.decode() for each in await self._client.do("ZRANGEBYSCORE", self._leases, "-inf", now_ms)]

    async def bury(self, worker: str, now_ms: int) -> int:
        """Report the calls of a dead one as lost, once, whoever tries. Returns how many; -1 when it was done."""
        arguments = (worker, now_ms, self._workers, self._reports, KEPT, self._calls_of, self._asks_of + worker)
        return int(await self._client.run("media_bury", self._leases, *arguments))

    async def retire(self, worker: str, now_ms: int) -> int:
        """It ends on purpose: at once as if it were dead."""
        await self._client.do("ZADD", self._leases, "XX", now_ms, worker)
        return await self.bury(worker, now_ms)

    async def place(self, call: str, worker: str, instead_of: str) -> str:
        """Give a call to a worker, if `instead_of` ("" = nobody) is who has it. Returns who has it now."""
        arguments = (worker, instead_of, PLACE_MS, self._calls_of, call)
        has: bytes = await self._client.run("media_place", self._place + call, *arguments)
        return has.decode()

    async def where(self, call: str) -> str:
        """Who has it; "" = nobody."""
        found = await self._client.do("GET", self._place + call)
        return found.decode() if found else ""

    async def unplace(self, call: str, worker: str) -> None:
        await self._client.run("media_unplace", self._place + call, worker, self._calls_of, call)

    async def keep(self, calls: tuple[str, ...], worker: str) -> list[str]:
        """Prolong the places of a worker's calls. Returns those that are not its any more."""
        left = []
        for call in calls:
            if await self.place(call, worker, "") != worker:
                left.append(call)
        return left
