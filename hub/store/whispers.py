"""What may be lost: typing, presence, context frames, and words between nodes (a login was revoked). Pub/sub."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Literal

from pydantic import ValidationError

from hub.model.party import Value
from hub.store.client import Client
from hub.store.keys import Keys


class Whisper(Value):
    """`frame` goes as it is to followers of `conversation` (`staff` = to staff only; `but` = not to this author's
    connection); `context`: as it is to those who are supervisors or admins, as `reduced` to other staff;
    `integrations`: to all supervisors and admins. The other kinds are for the nodes themselves, about `subject`.
    `seated`: its `device` is at the connection `but` since `at` (epoch ms). `signal`: `frame` goes to the party
    `device` of the call `subject`, where `pc` names a page only by that one; `unseated`: that party goes on with it at
    the connection `but`. `voice`: there is something to do for a voice process.
    """

    kind: Literal[
        "frame", "revoked", "presence", "signed_out", "seated", "context", "integrations", "signal", "unseated", "voice"
    ]
    conversation: str = ""
    staff: bool = False
    but: str = ""
    subject: str = ""
    frame: str = ""
    reduced: str = ""
    device: str = ""
    pc: str = ""
    at: int = 0


class Whispers:
    def __init__(self, client: Client, keys: Keys) -> None:
        self._client = client
        self._channel = keys.everywhere("whispers")

    async def say(self, whisper: Whisper) -> None:
        await self._client.do("PUBLISH", self._channel, whisper.model_dump_json())

    async def hear(self) -> AsyncIterator[Whisper]:
        """Raises StoreUnavailable when the connection is lost; call again to go on."""
        async for raw in self._client.listen([self._channel]):
            with suppress(ValidationError):  # a newer node's: it may be lost
                yield Whisper.model_validate_json(raw)
