"""What voice processes have to do: calls that the bot may answer, recordings to be put into words.

A set of each kind, so that none waits behind the other; and a lease on what somebody has in hand: who dies leaves it to
the others after LEASE_MS.
"""

from typing import Literal

from pydantic import ValidationError

from hub.model.party import Value
from hub.store.client import Client
from hub.store.keys import Keys

LEASE_MS = 3_000
KEPT_MS = 24 * 3_600_000  # what nobody did for so long is not done any more
AT_ONCE = 100
What = Literal["answer", "transcribe"]
KINDS: tuple[What, ...] = ("answer", "transcribe")


class VoiceJob(Value):
    """`answer`: the call. `transcribe`: the film `recording` of `party`."""

    what: What
    conversation: str
    call: str
    recording: str = ""
    party: str = ""

    @property
    def id(self) -> str:
        return f"{self.what}:{self.call}:{self.recording}"


class VoiceJobs:
    """All methods raise StoreUnavailable."""

    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._keys = keys

    def _set(self, what: What) -> str:
        return self._keys.everywhere(f"voice:{what}")

    async def add(self, job: VoiceJob, now_ms: int) -> None:
        await self._client.do("ZADD", self._set(job.what), "NX", now_ms, job.model_dump_json())
        for what in KINDS:
            await self._client.do("ZREMRANGEBYSCORE", self._set(what), "-inf", now_ms - KEPT_MS)

    async def done(self, job: VoiceJob) -> None:
        await self._client.do("ZREM", self._set(job.what), job.model_dump_json())

    async def waiting(self) -> list[VoiceJob]:
        """Those that are not done: calls before recordings, the oldest first; somebody may have them in hand."""
        found = []
        for raw in [raw for what in KINDS for raw in await self._client.do("ZRANGE", self._set(what), 0, AT_ONCE - 1)]:
            try:
                found.append(VoiceJob.model_validate_json(raw))
            except ValidationError:
                continue  # a newer hub's
        return found

    async def hold(self, job: VoiceJob, holder: str) -> bool:
        """Take it in hand, or keep it; False when somebody else has it."""
        key = self._keys.everywhere(f"lease:voice:{job.id}")
        return bool(await self._client.run("lease", key, holder, LEASE_MS))

    async def let_go(self, job: VoiceJob, holder: str) -> None:
        """For somebody else, at once."""
        key = self._keys.everywhere(f"lease:voice:{job.id}")
        await self._client.run("release", key, holder)
