"""What was said in a conversation, as far as rows and ticks need it, and how an event changes that.

What an absorbed log brought counts here, too, until somebody answers it or the merge is undone.
"""

from dataclasses import replace

from hub.model.content import Last, preview
from hub.model.events import Logged, MessageCreated, OwnerChanged
from hub.model.frozen import frozen
from hub.model.owner import OwnerKind
from hub.model.party import CUSTOMER, PartyKind


@frozen
class Brought:
    """What the absorbed log `source` adds: since when its customer waits (epoch ms, 0 = not), unread and last words."""

    source: str
    waiting_since: int = 0
    unread: int = 0
    last: Last | None = None


@frozen
class Talk:
    """Positions are seqs. `alone`: what this log says by itself, while what others brought makes a difference."""

    last: Last | None = None
    channel: str = ""
    waiting_since: int = 0
    customer_seq: int = 0  # the customer's newest message
    staff_seq: int = 0  # the newest message of bot or agent
    unread: int = 0
    read_customer: int = 0
    read_staff: int = 0
    delivered_customer: int = 0
    delivered_staff: int = 0
    brought: tuple[Brought, ...] = ()
    alone: "Talk | None" = None


def said(talk: Talk, entry: Logged, event: MessageCreated, *, for_person: bool) -> Talk:
    by = entry.by
    last = Last(by.kind, by.name, preview(event.content), entry.at, entry.seq)
    if by.kind is CUSTOMER:
        return Talk(
            last,
            entry.channel,
            talk.waiting_since or entry.at,
            entry.seq,
            talk.staff_seq,
            talk.unread + 1,
            talk.read_customer,
            talk.read_staff,
            talk.delivered_customer,
            talk.delivered_staff,
        )
    return replace(
        talk,
        last=last,
        staff_seq=entry.seq,
        waiting_since=_still_waiting(talk, entry, event, for_person),
        unread=0 if entry.by.kind is PartyKind.AGENT else talk.unread,
    )


def _still_waiting(talk: Talk, entry: Logged, event: MessageCreated, for_person: bool) -> int:
    """Since when the customer waits once our side has said something."""
    if entry.by.kind is PartyKind.AGENT:
        return 0
    if for_person:
        return talk.waiting_since  # nothing that the bot says ends that
    if event.reply_to is None or event.reply_to >= talk.customer_seq:
        return 0
    # The bot answered an older message: it lives, and has its whole time again for the newest one.
    return talk.waiting_since and entry.at


def read(talk: Talk, entry: Logged, upto: int) -> Talk:
    if entry.by.kind is PartyKind.CUSTOMER:
        seen = max(upto, talk.read_customer)
        return replace(talk, read_customer=seen, delivered_customer=max(seen, talk.delivered_customer))
    seen = max(upto, talk.read_staff)
    unread = 0 if seen >= talk.customer_seq else talk.unread
    return replace(talk, read_staff=seen, delivered_staff=max(seen, talk.delivered_staff), unread=unread)


def delivered(talk: Talk, entry: Logged, upto: int) -> Talk:
    if entry.by.kind is PartyKind.CUSTOMER:
        return replace(talk, delivered_customer=max(upto, talk.delivered_customer))
    return replace(talk, delivered_staff=max(upto, talk.delivered_staff))


def waits(talk: Talk, entry: Logged, event: OwnerChanged) -> Talk:
    """In the queue the customer waits for a person, even when the bot answered; with nobody or the bot, for nobody."""
    match event.owner.kind:
        case OwnerKind.QUEUE:
            return replace(talk, waiting_since=talk.waiting_since or entry.at)
        case OwnerKind.AGENT:
            return talk
        case OwnerKind.NONE if event.reason == "merged":
            return talk  # it is waited for on the other side, and carried there (hub/services/customers.py)
        case OwnerKind.BOT if event.reason == "merged":
            # It goes on here again: the bot has its whole time for what it had not answered.
            return replace(talk, waiting_since=talk.waiting_since and entry.at)
        case OwnerKind.BOT:
            return replace(talk, waiting_since=0)
        case OwnerKind.NONE:
            return replace(talk, waiting_since=0, unread=0)


# --- merging ----------------------------------------------------------------------------------------------


def carried(talk: Talk, it: Brought) -> Talk:
    """With what another log brings: whoever waits longer counts, and the newest words are shown."""
    since = min((at for at in (talk.waiting_since, it.waiting_since) if at), default=0)
    newer = it.last and (talk.last is None or it.last.at > talk.last.at)
    last = it.last if newer else talk.last
    together = replace(talk, waiting_since=since, unread=talk.unread + it.unread, last=last)
    return beside(together, talk.alone or talk, (*talk.brought, it))


def parted(talk: Talk, source: str) -> Talk:
    """Without what `source` brought: what this log says alone, and what the others brought that still counts."""
    if talk.alone is None:
        return talk
    together = talk.alone
    for it in talk.brought:
        if it.source != source:
            together = carried(together, it)
    return together


def beside(now: Talk, alone: Talk, brought: tuple[Brought, ...]) -> Talk:
    """`now`, with what this log says alone, as long as that is something else."""
    now = replace(now, brought=(), alone=None)
    if now == alone:
        return now
    return replace(now, brought=tuple(_unanswered(it, now) for it in brought), alone=alone)


def _unanswered(it: Brought, now: Talk) -> Brought:
    waits = it.waiting_since if 0 < now.waiting_since <= it.waiting_since else 0
    return replace(it, waiting_since=waits, unread=it.unread if now.unread else 0)
