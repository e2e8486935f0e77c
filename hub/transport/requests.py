"""What customers and agents may both ask: say, read, type, page back. Each desk adds whose conversation it may be."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from hub.model.codec import encode_typing
from hub.model.commands import MarkDelivered, MarkRead, PostMessage
from hub.model.errors import OneThreadError
from hub.model.events import visible
from hub.services.conversations import Conversations
from hub.services.files import FileDesk, leave_to_send
from hub.services.round import Answer, Done
from hub.store.logs import Logs
from hub.store.whispers import Whisper, Whispers
from hub.transport import answers, frames
from hub.transport.connection import Connection, House

log = structlog.get_logger()
Later = Coroutine[Any, Any, None]
# A page is one frame, and a quarter of what may wait for a slow reader (hub/settings.py: queue_bytes).
PAGE_BYTES = 1 << 18


class Requests:
    """Shared by both desks. `house` owns the tasks of requests that must wait for something."""

    def __init__(
        self, conversations: Conversations, files: FileDesk, logs: Logs, whispers: Whispers, house: House
    ) -> None:
        self._conversations = conversations
        self._files = files
        self.logs = logs
        self._whispers = whispers
        self._house = house

    # --- answering ----------------------------------------------------------------------------------------

    def acking(self, connection: Connection, ref: str) -> Callable[[Answer], None]:
        """A callback that turns a command's answer into its ack or error."""

        def answered(answer: Answer) -> None:
            if isinstance(answer, Done):
                connection.deliver(answers.ack(ref, answer.seq, dup=answer.dup))
            else:
                log.debug("request refused", connection=connection.id, id=ref, why=answer.code)
                connection.deliver(answers.error(answer, ref))

        return answered

    def later(self, connection: Connection, ref: str, work: Later) -> None:
        """Do what must wait; what it raises becomes the answer to `ref`."""
        self._house.tasks.create_task(self._later(connection, ref, work))

    async def _later(self, connection: Connection, ref: str, work: Later) -> None:
        try:
            await work
        except OneThreadError as problem:
            log.debug("request refused", connection=connection.id, id=ref, why=problem.code)
            connection.deliver(answers.error(problem, ref))
        except Exception:
            # A fault of ours in one request must not end the process, which is what a failed task of its group does.
            log.exception("request failed", connection=connection.id, id=ref)
            connection.deliver(answers.error(OneThreadError(), ref))

    # --- asking -------------------------------------------------------------------------------------------

    def command(self, connection: Connection, conversation: str, command: Any, ref: str) -> None:
        assert connection.party is not None
        self._conversations.submit(
            conversation, command, connection.party, ref, self.acking(connection, ref), connection.channel
        )

    def post(self, connection: Connection, conversation: str, frame: frames.MessagePost) -> None:
        self.command(connection, conversation, PostMessage(frame.d.content, frame.d.reply_to), frame.id)

    async def send_file(self, connection: Connection, conversation: str, frame: frames.FileBegin) -> None:
        assert connection.party is not None
        d = frame.d
        grant = leave_to_send(conversation, connection.party, connection.channel, frame.id, d.name, d.bytes, d.reply_to)
        connection.deliver(answers.ack(frame.id, d=await self._files.begin(grant)))

    async def open_file(self, connection: Connection, conversation: str, frame: frames.FileOpen) -> None:
        connection.deliver(answers.ack(frame.id, d=await self._files.look(conversation, frame.d.file)))

    def read(self, connection: Connection, conversation: str, frame: frames.MessageRead) -> None:
        self.command(connection, conversation, MarkRead(frame.d.seq), frame.id)

    def delivered(self, connection: Connection, conversation: str, frame: frames.MessageDelivered) -> None:
        self.command(connection, conversation, MarkDelivered(frame.d.seq), frame.id)

    def typing(self, connection: Connection, conversation: str, *, on: bool, staff_only: bool) -> None:
        assert connection.party is not None
        whisper = Whisper(
            kind="frame",
            conversation=conversation,
            staff=staff_only,
            but=connection.id,
            frame=encode_typing(conversation, connection.party, on=on),
        )
        self._house.tasks.create_task(self._whisper(whisper))

    async def _whisper(self, whisper: Whisper) -> None:
        with suppress(OneThreadError):  # ephemeral: nobody waits for it
            await self._whispers.say(whisper)

    async def history(
        self, connection: Connection, ref: str, conversation: str, epoch: str, before: int, limit: int
    ) -> None:
        """Answer with up to `limit` entries that the asker may see, just before the seq `before` (0 = the newest).

        Fewer when they are long: then there are `more`, from `oldest` on.
        """
        found: list[bytes] = []
        more, left = True, PAGE_BYTES
        while more and left > 0 and len(found) < limit:
            entries = await self.logs.before(conversation, before, limit)
            more = len(entries) == limit and entries[0].seq > 1
            for entry in reversed(entries):
                if left <= 0 or len(found) == limit:
                    more = True
                    break
                before = entry.seq
                if visible(entry.audience, staff=connection.staff):
                    found.append(entry.frame)
                    left -= len(entry.frame)
        connection.deliver(answers.page(ref, conversation, epoch, found[::-1], more=more, oldest=before))
