"""From "here I stood" to "now you are live": resume, first page, reset and resync (protocol.md, Resume)."""

from collections.abc import Callable

from hub.model.conversation import Conversation
from hub.model.events import visible
from hub.services.fanout import Fanout, Follower
from hub.store.logs import Logs
from hub.transport import answers
from hub.transport.connection import Connection
from hub.transport.frames import FIRST_PAGE, INLINE_EVENTS, ResumePoint


async def replay(
    connection: Connection,
    fanout: Fanout,
    logs: Logs,
    it: Conversation,
    resume: ResumePoint | None,
    followed: Callable[[str, Follower], None],
) -> None:
    """Send what the client missed, then `live`. `followed` keeps the follower before anything is awaited."""
    start = await _start(connection, logs, it, resume)
    follower = fanout.follow(it.id, connection, start)
    followed(it.id, follower)
    await fanout.go_live(follower)
    connection.deliver(answers.live(it.id, follower.cursor.seq, min(start + 1, max(1, follower.cursor.seq))))


async def _start(connection: Connection, logs: Logs, it: Conversation, resume: ResumePoint | None) -> int:
    """The seq after which to send."""
    if resume is None:
        return await _first_page(connection, logs, it)
    if resume.epoch != it.epoch or resume.seq > it.seq:
        connection.deliver(answers.frame(t="reset", conversation=it.id, epoch=it.epoch))
        return await _first_page(connection, logs, it)
    if it.seq - resume.seq > INLINE_EVENTS:
        connection.deliver(answers.frame(t="resync", conversation=it.id, **{"from": resume.seq}))
        return it.seq
    return resume.seq


async def _first_page(connection: Connection, logs: Logs, it: Conversation) -> int:
    """Where the newest FIRST_PAGE events begin that this party may see."""
    start, seen = it.seq + 1, 0
    while start > 1 and seen < FIRST_PAGE:
        entries = await logs.before(it.id, start, 2 * FIRST_PAGE)
        if not entries:
            break
        for entry in reversed(entries):
            start = entry.seq
            seen += visible(entry.audience, staff=connection.staff)
            if seen == FIRST_PAGE:
                break
    return start - 1
