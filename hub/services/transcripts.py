"""What was said in a session, read from its log and from those that it began in."""

from collections.abc import Iterable
from typing import Literal

from hub.model.codec import decode
from hub.model.events import Insight, InsightNoted, Logged, MessageCreated, Part
from hub.model.party import PartyKind
from hub.ports import Spoken
from hub.store.logs import Logs

SESSION_ENTRIES = 1_000

_SPEAKERS: dict[PartyKind, Literal["customer", "agent", "bot"]] = {
    PartyKind.CUSTOMER: "customer",
    PartyKind.AGENT: "agent",
    PartyKind.BOT: "bot",
}


class Transcripts:
    """Of any conversation."""

    def __init__(self, logs: Logs) -> None:
        self.logs = logs

    async def session(self, conversation: str, first: int, last: int, parts: Iterable[Part]) -> list[Logged]:
        """Entries first..last of a session, after those of its parts in other logs: the order in which they were."""
        earlier = [entry for p in parts for entry in await self.read(p.source, p.first, p.last)]
        own = await self.read(conversation, first, last)
        return sorted([*earlier, *own], key=lambda e: e.at) if earlier else own

    async def read(self, conversation: str, first: int, last: int) -> list[Logged]:
        """Entries first..last, in order; of a very long session the newest SESSION_ENTRIES."""
        entries: list[Logged] = []
        at = max(first - 1, last - SESSION_ENTRIES, 0)
        while at < last:
            page = await self.logs.after(conversation, at)
            if not page:
                break
            entries += [decode(e.frame) for e in page if e.seq <= last]
            at = page[-1].seq
        return entries


def spoken(entries: list[Logged]) -> tuple[Spoken, ...]:
    """The messages among them, as the customer may see them."""
    return tuple(
        Spoken(e.seq, e.at, _SPEAKERS[e.by.kind], e.by.name, e.event.content.text, e.event.content.kind == "file")
        for e in entries
        if isinstance(e.event, MessageCreated) and e.by.kind in _SPEAKERS
    )


def insights(entries: list[Logged]) -> tuple[Insight, ...]:
    return tuple(e.event.insight for e in entries if isinstance(e.event, InsightNoted))
