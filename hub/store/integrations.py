"""How each connection to a CRM does, as all processes together found: calls of the last hour, findings of a week."""

from collections.abc import Mapping

from pydantic_core import from_json, to_json

from hub.model.crm import Breaker
from hub.model.frozen import frozen
from hub.store.client import Client
from hub.store.keys import Keys
from hub.store.resp import Word

BUCKET_MS = 300_000
HOUR_MS = 3_600_000
BREAKER_MS = 60_000  # a process that says nothing for so long is gone, and its breaker with it
WEEK_MS = 7 * 24 * HOUR_MS
LIFE_S = 8 * 24 * 3_600
KEPT = 200  # findings of one connection

Finding = tuple[str, str, str, str]  # unmapped | drift, the operation, the field or path, the value or problem


@frozen
class News:
    """What one process has to add. Times are epoch ms."""

    ok: int
    failed: int
    last_ok: int
    last_error: tuple[int, str, str] | None
    findings: Mapping[Finding, int]


@frozen
class Found:
    """A finding: how often so far, and when last (epoch ms)."""

    what: Finding
    count: int
    at: int


@frozen
class Health:
    """`ok` and `failed` calls are of the last hour; `last_error` is when, an error's code, and the call."""

    last_ok: int
    last_error: tuple[int, str, str] | None
    ok: int
    failed: int
    breaker: Breaker
    findings: tuple[Found, ...]


class IntegrationHealth:
    """All methods raise StoreUnavailable. `process` tells this one from the others."""

    def __init__(self, client: Client, keys: Keys, process: str) -> None:
        self._client = client
        self._keys = keys
        self._process = process

    def _key(self, name: str, part: str) -> str:
        return self._keys.everywhere(f"crm:{name}:{part}")

    async def add(self, name: str, news: News, breaker: Breaker, now: int) -> None:
        calls, found = self._key(name, "calls"), self._key(name, "found")
        bucket = now // BUCKET_MS
        commands: list[tuple[Word, ...]] = [
            ("HINCRBY", calls, f"ok:{bucket}", news.ok),
            ("HINCRBY", calls, f"failed:{bucket}", news.failed),
            ("HSET", calls, f"breaker:{self._process}", f"{breaker}:{now}"),
            ("EXPIRE", calls, LIFE_S),
        ]
        if news.last_ok:
            commands.append(("HSET", calls, "last_ok", news.last_ok))
        if news.last_error:
            commands.append(("HSET", calls, "last_error", to_json(news.last_error).decode()))
        if await self._has_space(found):
            for what, count in news.findings.items():
                field = to_json(what).decode()
                commands += [("HINCRBY", found, field, count), ("HSET", found, f"@{field}", now)]
        commands.append(("EXPIRE", found, LIFE_S))
        await self._client.several(commands)

    async def _has_space(self, found: str) -> bool:
        return int(await self._client.do("HLEN", found)) < 2 * KEPT

    async def read(self, name: str, now: int) -> Health:
        calls, found = await self._client.several(
            [("HGETALL", self._key(name, "calls")), ("HGETALL", self._key(name, "found"))]
        )
        held, kept = _texts(calls), _texts(found)
        await self._forget(name, [f for f in held if _past(f, held[f], now)], [f for f in kept if _old(f, kept, now)])
        last_error = from_json(held["last_error"]) if "last_error" in held else None
        return Health(
            last_ok=int(held.get("last_ok", 0)),
            last_error=(last_error[0], last_error[1], last_error[2]) if last_error else None,
            ok=_sum(held, "ok", now),
            failed=_sum(held, "failed", now),
            breaker=_breaker(held, now),
            findings=tuple(sorted(_findings(kept, now), key=lambda one: -one.at)),
        )

    async def _forget(self, name: str, calls: list[str], found: list[str]) -> None:
        commands: list[tuple[Word, ...]] = []
        if calls:
            commands.append(("HDEL", self._key(name, "calls"), *calls))
        if found:
            commands.append(("HDEL", self._key(name, "found"), *found))
        if commands:
            await self._client.several(commands)


def _texts(answer: object) -> dict[str, str]:
    """A hash, as RESP2 (a list) or RESP3 (a map) has it."""
    if isinstance(answer, Mapping):
        return {key.decode(): value.decode() for key, value in answer.items()}
    assert isinstance(answer, list)
    return {k.decode(): v.decode() for k, v in zip(answer[::2], answer[1::2], strict=True)}


def _past(field: str, value: str, now: int) -> bool:
    kind, _, rest = field.partition(":")
    if kind in ("ok", "failed"):
        return (int(rest) + 1) * BUCKET_MS < now - HOUR_MS
    return kind == "breaker" and int(value.rpartition(":")[2]) < now - BREAKER_MS


def _old(field: str, kept: Mapping[str, str], now: int) -> bool:
    at = kept.get(field if field.startswith("@") else f"@{field}", "0")
    return int(at) < now - WEEK_MS


def _sum(held: Mapping[str, str], kind: str, now: int) -> int:
    fields = (f for f in held if f.startswith(f"{kind}:") and not _past(f, held[f], now))
    return sum(int(held[field]) for field in fields)


def _breaker(held: Mapping[str, str], now: int) -> Breaker:
    """The worst that any living process says."""
    states = {held[f].partition(":")[0] for f in held if f.startswith("breaker:") and not _past(f, held[f], now)}
    return "open" if "open" in states else "half_open" if "half_open" in states else "closed"


def _findings(kept: Mapping[str, str], now: int) -> list[Found]:
    found = []
    for field, count in kept.items():
        if not field.startswith("@") and not _old(field, kept, now):
            kind, operation, where, what = from_json(field)
            found.append(Found((kind, operation, where, what), int(count), int(kept.get(f"@{field}", 0))))
    return found
