"""One customer's conversation: its state, and how an event changes it. The state is a fold of the log.

    Conversation = where it stands (epoch, seq) + Who (customer) + Desk (service) + Talk (what was said) + Call

A message replaces only Talk, so the busiest event copies the least.
"""

from dataclasses import replace
from enum import StrEnum

from hub.model import events as ev
from hub.model.call import Call, Talked
from hub.model.call_fold import folded, rung
from hub.model.events import Logged, Part
from hub.model.frozen import frozen
from hub.model.identity import Identity, with_identity
from hub.model.owner import NOBODY, Owner, OwnerKind
from hub.model.talk import Brought, Talk, beside, carried, delivered, parted, read, said, waits


class Status(StrEnum):
    OPEN = "open"
    PENDING = "pending"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


@frozen
class Absorbed:
    """Another log of the same customer, up to `upto`, with the identities that came along (an unmerge returns them)."""

    source: str
    upto: int
    identities: tuple[Identity, ...] = ()


@frozen
class Who:
    """The customer as far as this conversation knows."""

    identities: tuple[Identity, ...] = ()
    name: str = ""
    surname: str = ""
    tier: str = ""
    locale: str = ""
    site: str = ""  # through which they came last
    external_id: str = ""
    external_ids: tuple[tuple[str, str], ...] = ()  # (CRM connection, its own key of them)
    arrived_at: int = 0
    merged_into: str = ""
    merged_owner: Owner = NOBODY  # who had the session when it was merged away
    merged_by: str = ""  # the kind of party who did that
    absorbed: tuple[Absorbed, ...] = ()

    @property
    def every_identity(self) -> tuple[Identity, ...]:
        """Own identities and those of absorbed customers."""
        held = self.identities
        for other in self.absorbed:
            for identity in other.identities:
                held = with_identity(held, identity)
        return held


@frozen
class Reservation:
    """`until` is epoch ms."""

    agent: str
    name: str
    until: int


@frozen
class Desk:
    """Service: whose turn it is, in which session. Times are epoch ms, 0 = not."""

    session: int = 0
    session_from: int = 0  # seq that opened it
    session_open: bool = False
    parts: tuple[Part, ...] = ()  # what the session brought along from elsewhere
    owner: Owner = NOBODY
    tenure: int = 0
    since: int = 0  # when the owner got it
    served_by: str = ""  # the agent who had it last, and did not give it away
    team: str = ""
    reservation: Reservation | None = None
    declined: tuple[str, ...] = ()
    declined_at: int = 0  # when the newest of them declined
    noticed: bool = False  # the customer was told that it takes long
    handoff_wanted: bool = False
    snoozed_until: int = 0
    tags: tuple[str, ...] = ()


@frozen
class Conversation:
    """`id` is also the customer's id: one customer has one conversation, for life."""

    id: str
    epoch: str = ""
    seq: int = 0
    who: Who = Who()
    desk: Desk = Desk()
    talk: Talk = Talk()
    call: Call | None = None
    talked: Talked | None = None  # in the newest call that is over: they note what came of it

    @property
    def status(self) -> Status:
        if self.desk.snoozed_until:
            return Status.SNOOZED
        match self.desk.owner.kind:
            case OwnerKind.NONE:
                return Status.RESOLVED
            case OwnerKind.BOT:
                return Status.PENDING
            case _:
                return Status.OPEN


QUEUE = OwnerKind.QUEUE  # as hub/model/party.py: CUSTOMER

# Who declined a conversation or let the offer pass is asked for it again after so long: nobody else may be there.
ASK_AGAIN_MS = 60_000


def not_to_ask(desk: Desk, now: int) -> tuple[str, ...]:
    """Agents who declined lately. Forgotten all together once nobody declined for a while."""
    return desk.declined if now < desk.declined_at + ASK_AGAIN_MS else ()


def place(it: Conversation) -> str:
    """The index it stands in: `bot`, `queue`, `agent:ID`, `resolved`, or `` (never had a session, or merged away)."""
    owner = it.desk.owner
    match owner.kind:
        case OwnerKind.NONE:
            return "resolved" if it.desk.session and not it.who.merged_into else ""
        case OwnerKind.AGENT:
            return f"agent:{owner.id}"
        case _:
            return str(owner.kind)


def waits_from(it: Conversation) -> int:
    """Where it stands in line, epoch ms: who was given back or handed on does not start to wait again.

    Of what is resolved the newest comes first.
    """
    if it.desk.owner.kind is OwnerKind.NONE:
        return -it.desk.since
    queued = it.desk.owner.kind is OwnerKind.QUEUE
    return (queued and it.talk.waiting_since) or it.desk.since


def apply(it: Conversation, entry: Logged) -> Conversation:
    """The state after `entry`. Total: an event that it does not know only moves the seq."""
    after = _applied(it, entry)
    alone = it.talk.alone
    if alone is None or isinstance(entry.event, ev.CustomerCarried | ev.CustomerUnmerged):
        return after
    # What this log would say without those that it took in is folded beside it, for the day when one is given back.
    return replace(after, talk=beside(after.talk, _applied(replace(it, talk=alone), entry).talk, it.talk.brought))


def _applied(it: Conversation, entry: Logged) -> Conversation:
    who, desk, talk, call = it.who, it.desk, it.talk, it.call
    match entry.event:
        case ev.MessageCreated():
            for_person = desk.handoff_wanted or desk.owner.kind is QUEUE
            talk = said(talk, entry, entry.event, for_person=for_person)
            return Conversation(it.id, it.epoch, entry.seq, who, desk, talk, call, it.talked)
        case ev.MessageRead(upto=upto):
            talk = read(talk, entry, upto)
        case ev.MessageDelivered(upto=upto):
            talk = delivered(talk, entry, upto)
        case ev.HandoffRequested():
            desk = replace(desk, handoff_wanted=True)
            talk = replace(talk, waiting_since=talk.waiting_since or entry.at)
        case ev.OwnerChanged():
            desk = _owned(desk, entry, entry.event)
            talk = waits(talk, entry, entry.event)
            if entry.event.owner.kind is OwnerKind.AGENT:
                call = rung(call, entry.at)
        case ev.CallAccepted() | ev.CallJoined() if desk.owner.kind is OwnerKind.AGENT:
            # They talk: what was written before is answered now.
            call, talk = folded(call, entry), replace(talk, waiting_since=0, unread=0)
        case ev.CustomerCarried():
            who, desk, talk = _carried(it, entry.event)
        case ev.CustomerUnmerged(source=source):
            who, desk, talk = _who(who, entry, entry.event), _desk(desk, entry, entry.event), parted(talk, source)
        case ev.CustomerReleased(owner=owner):
            who = replace(who, merged_into="", merged_owner=NOBODY, merged_by="")
            if owner.kind is OwnerKind.NONE:
                talk = replace(talk, waiting_since=0, unread=0)  # nobody here has it to answer
        case event:
            who, desk, call = _who(who, entry, event), _desk(desk, entry, event), folded(call, entry)
    over = it.call if call is None else None
    talked = Talked(over.id, over.talked) if over else it.talked
    return Conversation(it.id, it.epoch, entry.seq, who, desk, talk, call, talked)


def _owned(desk: Desk, entry: Logged, event: ev.OwnerChanged) -> Desk:
    queued = event.owner.kind is OwnerKind.QUEUE
    served_by = desk.served_by
    if event.owner.kind is OwnerKind.AGENT:
        served_by = event.owner.id
    elif desk.owner.kind is OwnerKind.AGENT and event.reason in ("transferred", "assigned", "returned_to_bot"):
        served_by = ""
    return replace(
        desk,
        owner=event.owner,
        tenure=event.tenure,
        since=entry.at,
        served_by=served_by,
        team=event.owner.id if queued else desk.team,
        reservation=None,
        declined=(),
        noticed=False,
        handoff_wanted=False,
        snoozed_until=0,
    )


def _carried(it: Conversation, event: ev.CustomerCarried) -> tuple[Who, Desk, Talk]:
    """The other log's customer and session, as far as they go on here."""
    came = (replace(a, identities=event.identities) if a.source == event.source else a for a in it.who.absorbed)
    who, desk, talk = replace(it.who, absorbed=tuple(came)), it.desk, it.talk
    if not event.parts:
        return who, desk, talk
    brought = Brought(event.source, event.waiting_since, event.unread, event.last)
    return who, replace(desk, parts=(*desk.parts, *event.parts)), carried(talk, brought)


def _desk(desk: Desk, entry: Logged, event: ev.Event) -> Desk:
    match event:
        case ev.SessionOpened(session=n):
            # Nothing of an earlier session goes on: not its tags, not the team that had it.
            return replace(desk, session=n, session_from=entry.seq, session_open=True, parts=(), tags=(), team="")
        case ev.ConversationResolved() | ev.CustomerMerged():
            return replace(desk, session_open=False)
        case ev.ConversationReopened():
            return replace(desk, session_open=True)
        case ev.ReservationMade(agent=agent, name=name, until=until):
            return replace(desk, reservation=Reservation(agent, name, until))
        case ev.ReservationDeclined(agent=agent) | ev.ReservationExpired(agent=agent):
            declined = (*not_to_ask(desk, entry.at), agent)
            return replace(desk, reservation=None, declined=declined, declined_at=entry.at)
        case ev.QueueWaited():
            # Whoever declined may be asked again: by now nobody better was found.
            return replace(desk, noticed=True, declined=())
        case ev.ConversationSnoozed(until=until):
            return replace(desk, snoozed_until=until)
        case ev.ConversationWoken():
            return replace(desk, snoozed_until=0)
        case ev.CustomerUnmerged(source=source):
            return replace(desk, parts=tuple(p for p in desk.parts if p.source != source))
        case ev.TagAdded(tag=tag):
            return desk if tag in desk.tags else replace(desk, tags=(*desk.tags, tag))
        case ev.TagRemoved(tag=tag):
            return replace(desk, tags=tuple(t for t in desk.tags if t != tag))
        case _:
            return desk


def _known(who: Who, found: ev.ContextAttached) -> Who:
    ids = found.external_ids or ((found.crm, found.external_id),)
    named = replace(who, name=found.name or who.name, surname=found.surname, tier=found.tier)
    return replace(named, external_id=found.external_id, external_ids=ids)


def _who(who: Who, entry: Logged, event: ev.Event) -> Who:
    match event:
        case ev.CustomerArrived(locale=locale, site=site):
            return replace(who, arrived_at=entry.at, locale=locale or who.locale, site=site or who.site)
        case ev.IdentityAdded(identity=identity, name=name):
            return replace(who, identities=with_identity(who.identities, identity), name=name or who.name)
        case ev.ContextAttached(outcome="found") as found:
            return _known(who, found)
        case ev.CustomerMerged(into=into, owner=owner):
            return replace(who, merged_into=into, merged_owner=owner, merged_by=str(entry.by.kind))
        case ev.CustomerAbsorbed(source=source, upto=upto):
            others = tuple(a for a in who.absorbed if a.source != source)
            return replace(who, absorbed=(*others, Absorbed(source, upto)))
        case ev.CustomerUnmerged(source=source):
            # What the CRM said may have been about the other one: it is asked again.
            rest = tuple(a for a in who.absorbed if a.source != source)
            return replace(who, absorbed=rest, external_id="", external_ids=(), surname="", tier="")
        case _:
            return who
