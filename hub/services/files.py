"""Files in a conversation: leave to send one, the message that tells of it once it is here, leave to look at it."""

from collections.abc import AsyncIterator
from typing import Any

from hub.model.commands import PostMessage
from hub.model.content import FileContent
from hub.model.decide.desk import owns
from hub.model.errors import NotOwner, RateLimited, TooLong
from hub.model.party import Party, PartyKind
from hub.ports import Files
from hub.services.conversations import Conversations
from hub.store.grants import Grant, Grants
from hub.store.throttle import Throttle

WINDOW_S = 600
MOST = 60  # files of one conversation in that time
PLACE = "/api/v1/files/"


class FileDesk:
    """`most` is the size of the largest file, in bytes."""

    def __init__(
        self, conversations: Conversations, files: Files, grants: Grants, throttle: Throttle, most: int
    ) -> None:
        self._conversations = conversations
        self._files = files
        self._grants = grants
        self._throttle = throttle
        self.most = most

    async def begin(self, grant: Grant) -> dict[str, Any]:
        """Where to PUT the file that `grant` is about. The message is posted once all of it is here, under its id.

        Raises TooLong, NotOwner, RateLimited, StoreUnavailable.
        """
        if grant.bytes > self.most:
            raise TooLong(f"a file may hold {self.most} bytes")
        assert grant.by is not None
        if grant.by.kind is not PartyKind.CUSTOMER:
            it = await self._conversations.state(grant.conversation)
            if not owns(it, grant.by):
                raise NotOwner
        count, left_s = await self._throttle.count(f"files:{grant.conversation}", WINDOW_S)
        if count > MOST:
            raise RateLimited("too many files", retry_after=left_s)
        return {"file": grant.id, "url": PLACE + await self._grants.issue(grant)}

    async def receive(self, token: str, chunks: AsyncIterator[bytes]) -> int:
        """The file itself; returns the seq of its message. Again: nothing happens, and the seq is the same.

        Raises Forbidden, BadRequest, DiskFull, and what posting a message raises.
        """
        grant = await self._grants.read(token, "send")
        assert grant.by is not None
        content = await self._files.take(grant.conversation, grant.id, grant.name, grant.bytes, chunks)
        command = PostMessage(content, grant.reply_to)
        done = await self._conversations.ask(grant.conversation, command, grant.by, grant.id, grant.channel)
        return done.seq

    async def look(self, conversation: str, file: str) -> dict[str, Any]:
        """Where to GET it, for ten minutes. Raises NotFound, StoreUnavailable."""
        content = await self._files.about(conversation, file)
        grant = Grant(kind="look", conversation=conversation, id=file, name=content.text)
        return {"file": file, "url": PLACE + await self._grants.issue(grant)}

    async def seen(self, token: str) -> tuple[FileContent, Any]:
        """What it is, and where on this disk. Raises Forbidden, NotFound."""
        grant = await self._grants.read(token, "look")
        content = await self._files.about(grant.conversation, grant.id)
        return content, self._files.path(grant.conversation, grant.id)


def leave_to_send(
    conversation: str, by: Party, channel: str, id: str, name: str, size: int, reply_to: int | None
) -> Grant:
    return Grant(
        kind="send", conversation=conversation, by=by, channel=channel, id=id, name=name, bytes=size, reply_to=reply_to
    )
