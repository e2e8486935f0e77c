"""From "here I stood" to "now you are live": resume, first page, reset and resync (protocol.md, Resume)."""

from hub.model.conversation import Conversation
from hub.model.events import visible
from hub.model.frozen import frozen
from hub.services.fanout import Fanout, Follower
from hub.store.logs import Logs
from hub.transport import answers
from hub.transport.connection import Connection
from hub.transport.frames import FIRST_PAGE, INLINE_EVENTS, ResumePoint


@frozen
class Start:
    """The seq after which to send, in which epoch, and what must be said before (`reset`, `resync`)."""

    seq: int
    epoch: str
    said: bytes = b""


async def start(logs: Logs, it: Conversation, resume: ResumePoint | None, *, staff: bool) -> Start:
    """Where a replay begins. Raises StoreUnavailable."""
    if resume is None:
        return Start(await _first_page(logs, it, staff), it.epoch)
    if resume.epoch != it.epoch or resume.seq > it.seq:
        reset = answers.frame(t="reset", conversation=it.id, epoch=it.epoch)
        return Start(await _first_page(logs, it, staff), it.epoch, reset)
    if it.seq - resume.seq > INLINE_EVENTS:
        return Start(it.seq, it.epoch, answers.frame(t="resync", conversation=it.id, **{"from": resume.seq}))
    return Start(resume.seq, it.epoch)


async def replay(connection: Connection, fanout: Fanout, follower: Follower, begin: Start) -> None:
    """Send what the client missed, then `live`. Whoever follows no more gets nothing."""
    follower.cursor.seq, follower.epoch = begin.seq, begin.epoch
    if begin.said:
        connection.deliver(begin.said)
    await fanout.go_live(follower)
    if not follower.reading:
        seq = follower.cursor.seq
        connection.deliver(answers.live(follower.conversation, seq, min(begin.seq + 1, max(1, seq))))


async def _first_page(logs: Logs, it: Conversation, staff: bool) -> int:
    """Where the newest FIRST_PAGE events begin that this party may see."""
    first, seen = it.seq + 1, 0
    while first > 1 and seen < FIRST_PAGE:
        entries = await logs.before(it.id, first, 2 * FIRST_PAGE)
        if not entries:
            break
        for entry in reversed(entries):
            first = entry.seq
            seen += visible(entry.audience, staff=staff)
            if seen == FIRST_PAGE:
                break
    return first - 1
