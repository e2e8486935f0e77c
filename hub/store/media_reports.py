"""What media workers tell of their calls: a bounded stream, read from a known position. All raise StoreUnavailable."""

from typing import Literal

from pydantic import ValidationError

from hub.model.events import RecordingKept
from hub.model.party import Value
from hub.store.client import Client
from hub.store.keys import Keys

KEPT = 10_000  # about; a reader that is further behind looks at what there is
BLOCK_MS = 2_000  # below the 5 s after which redis-py takes a silent socket for dead
BATCH = 100


class MediaReport(Value):
    """Of the leg that `party` has towards `other`: `silent` for 2 s, `back`, or `gone` after 60 s. Of the whole call:
    `abandoned` (nobody was heard for 60 s) and closed, or `lost`, as its worker died or ends: open it again elsewhere,
    and let all parties join anew. `recorded`: what a party said and showed is ready (`kept`).
    """

    kind: Literal["silent", "back", "gone", "abandoned", "lost", "recorded"]
    worker: str
    call: str
    party: str = ""
    other: str = ""
    kept: RecordingKept | None = None


def stream_of(keys: Keys) -> str:
    return keys.everywhere("media:reports")


class MediaReports:
    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._stream = stream_of(keys)
        self._heard = keys.everywhere("media:heard")

    async def tell(self, report: MediaReport) -> None:
        await self._client.do("XADD", self._stream, "MAXLEN", "~", KEPT, "*", "r", report.model_dump_json())

    async def tip(self) -> str:
        """The position behind the last report."""
        found = await self._client.do("XREVRANGE", self._stream, "+", "-", "COUNT", 1)
        return str(found[0][0].decode()) if found else "0-0"

    async def heard(self) -> str:
        """The position up to which all has been done."""
        found = await self._client.do("GET", self._heard)
        return found.decode() if found else "0-0"

    async def note_heard(self, position: str) -> None:
        await self._client.do("SET", self._heard, position)

    async def after(self, position: str) -> list[tuple[str, MediaReport | None]]:
        """(position, report) of what was told after `position`; waits up to BLOCK_MS for the first. None: a newer
        worker's, which this one can't read."""
        answer = await self._client.do("XREAD", "COUNT", BATCH, "BLOCK", BLOCK_MS, "STREAMS", self._stream, position)
        rows = answer[self._stream.encode()] if answer else []
        return [(row.decode(), _read(fields[1])) for row, fields in rows]


def _read(raw: bytes) -> MediaReport | None:
    try:
        return MediaReport.model_validate_json(raw)
    except ValidationError:
        return None
