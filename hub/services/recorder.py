"""A call's recording, wherever its media meet: at the relay it listens in, and a room sends on what its parties send.

What is said of it in the log is so: what can't be recorded, or not any more, is told as stopped.
"""

import asyncio
import base64
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import structlog

from hub.model.call import Call
from hub.model.call_commands import LoseRecording
from hub.model.errors import Gone, NotFound, OneThreadError, StoreUnavailable
from hub.model.ids import derived
from hub.model.media import Forward
from hub.model.party import SYSTEM
from hub.ports import Halls, Media
from hub.services.conversations import Conversations

log = structlog.get_logger()
KEY_BYTES = 30
PAUSES_S = (0.3, 1.0)  # between tries


class Recorder:
    """`media` is None where nothing is recorded, `halls` where three parties are the most."""

    def __init__(self, conversations: Conversations, media: Media | None, halls: Halls | None) -> None:
        self._conversations = conversations
        self._media = media
        self._halls = halls

    async def start(self, conversation: str, call: str, cause: str) -> None:
        """As the newest state says, if it does. `cause` names this start, for what the log is told if it fails. Raises
        StoreUnavailable."""
        if self._media is not None:
            await self._or_lost(lambda: self._start(conversation, call), conversation, call, cause)

    async def follow(self, conversation: str, call: str, party: str, cause: str) -> None:
        """A party of a room sends anew: if it is recorded, so is that. Raises StoreUnavailable."""
        if self._media is not None and await self._recorded(conversation, call):
            await self._or_lost(lambda: self._follow(conversation, call, party), conversation, call, cause)

    async def stop(self, call: str, *, hall: bool) -> None:
        """Not one more packet is heard: first here, then nothing more is sent here. Raises MediaUnavailable."""
        if self._media is None:
            return
        try:
            await self._media.record(call, on=False)
        finally:
            if hall and self._halls is not None:
                await self._halls.forward_nothing(call)
        if hall:
            await self._media.close(call)

    async def silence(self, call: str) -> None:
        """Not one more packet is heard, and no more than that: somebody waits for it. Never raises: `stop` follows."""
        if self._media is not None:
            with suppress(OneThreadError):
                await self._media.record(call, on=False)

    async def lose(self, conversation: str, call: str, cause: str) -> None:
        """The log says that it is over. Raises StoreUnavailable."""
        with suppress(Gone):  # merged away, and the call with it
            id = derived("recording-lost", conversation, call, cause)
            await self._conversations.ask(conversation, LoseRecording(call), SYSTEM, id)

    async def _or_lost(self, what: Callable[[], Awaitable[None]], conversation: str, call: str, cause: str) -> None:
        for pause in (*PAUSES_S, None):
            try:
                return await what()
            except StoreUnavailable:
                raise
            except OneThreadError as problem:  # an older media process, too, says so to what it does not know
                log.warning("a call can't be recorded", call=call, why=problem.detail or problem.code)
            if pause is not None:
                await asyncio.sleep(pause)
        await self.lose(conversation, call, cause)

    async def _recorded(self, conversation: str, call: str) -> Call | None:
        """By the newest state: everybody agrees still."""
        it = (await self._conversations.newest(conversation)).call
        return it if it is not None and it.id == call and it.recording else None

    async def _start(self, conversation: str, call: str) -> None:
        it = await self._recorded(conversation, call)
        if it is None or self._media is None:
            return
        if it.topology != "pairs":  # it had no place so far, or one that was only kept
            await self._media.open(call)
        await self._media.record(call, on=True)
        if not await self._recorded(conversation, call):  # ended meanwhile: whoever did so must not be heard after it
            await self.stop(call, hall=it.topology == "room")
        elif it.topology == "room" and self._halls is not None:
            for party in await self._halls.senders(call):
                await self._follow(conversation, call, party)

    async def _follow(self, conversation: str, call: str, party: str) -> None:
        """Nothing is forwarded until it is known that it is still wanted, and nothing is heard once it is stopped."""
        assert self._media
        assert self._halls
        forward = fresh(party)
        outlet = await self._media.receive(call, forward)
        if not await self._recorded(conversation, call):
            return
        try:
            asks = await self._halls.forward(call, forward, outlet)
        except NotFound:
            return  # they left
        try:
            await self._media.receive(call, replace(forward, asks=asks))
        except NotFound:
            await self._halls.forward_nothing(call)  # it was stopped in between


def fresh(party: str) -> Forward:
    """Under a key and names of its own, so that nothing of it can be taken for what came before."""
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    voice, picture = secrets.SystemRandom().sample(range(1, 1 << 31), 2)
    return Forward(party, key, voice, picture)
