"""Rules of who the customer is: arriving, proving, merging, and undoing a merge."""

from dataclasses import replace

from hub.model import commands as c
from hub.model.conversation import Conversation
from hub.model.crm import Context
from hub.model.decide.asked import Asked
from hub.model.decide.call_end import ended
from hub.model.decide.desk import opened, owned_by
from hub.model.errors import MergeRefused
from hub.model.events import (
    ContextAttached,
    ConversationReopened,
    ConversationStarted,
    ConversationWoken,
    CustomerAbsorbed,
    CustomerArrived,
    CustomerCarried,
    CustomerMerged,
    CustomerReleased,
    CustomerUnmerged,
    Event,
    IdentityAdded,
    Part,
)
from hub.model.identity import Identity, may_merge, with_identity
from hub.model.owner import NOBODY, Owner, OwnerKind

# Of two open sessions that become one, the one that is nearer to a person goes on.
_NEARNESS = {OwnerKind.NONE: 0, OwnerKind.BOT: 1, OwnerKind.QUEUE: 2, OwnerKind.AGENT: 3}


def arrive(it: Conversation, command: c.Arrive, asked: Asked) -> list[Event]:
    """The customer opened a channel. New or better-proven identities are noted; an arrival counts once a while."""
    happened: list[Event] = [] if it.seq else [ConversationStarted(customer=it.id)]
    held = it.who.every_identity  # what came along with another log stays that log's: an unmerge takes it away
    for identity in command.identities:
        better = with_identity(held, identity)
        if better != held:
            happened.append(IdentityAdded(identity=identity, name=command.name))
            held = better
    fresh = asked.now - it.who.arrived_at >= asked.policy.greet_again_ms
    if not it.desk.session_open and (fresh or not it.seq):
        happened.append(CustomerArrived(locale=command.locale, page=command.page, site=command.site))
    return happened


def verify(it: Conversation, identity: Identity) -> list[Event]:
    held = it.who.every_identity
    changed = with_identity(held, identity) != held
    return [IdentityAdded(identity=identity)] if changed else []


def attach(context: Context) -> list[Event]:
    """The line in the log that says what the CRM answered; the context itself is not stored there."""
    known = context.customer  # its fields are as long as the CRM likes: cut what is shown in rows
    return [
        ContextAttached(
            crm=context.crm,
            outcome=context.outcome,
            external_id=known.external_id if known else "",
            external_ids=tuple((each.crm, each.external_id) for each in context.sources if each.external_id),
            name=known.name[:120] if known else "",
            surname=known.surname[:120] if known else "",
            tier=known.tier if known else "",
            took_ms=context.took_ms,
        )
    ]


def merge_into(it: Conversation, command: c.MergeInto, asked: Asked) -> list[Event]:
    """This log ends here for now, and so do its session, which goes on over there, and its call.

    Raises MergeRefused: two signed accounts, itself, one that was merged into it, or merged elsewhere already.
    """
    if it.who.merged_into == command.into:
        return []
    if it.who.merged_into or command.into == it.id or any(a.source == command.into for a in it.who.absorbed):
        raise MergeRefused
    if not may_merge(it.who.every_identity, command.theirs):
        raise MergeRefused("two signed accounts")
    owner = it.desk.owner if it.desk.session_open else NOBODY
    merged = CustomerMerged(into=command.into, owner=owner)
    over = ended(it.call, "merged", asked.now)
    return [*over, owned_by(it, NOBODY, "merged"), merged] if it.desk.session_open else [*over, merged]


def taking_in(source: Conversation) -> c.Absorb:
    """The other half of a merge: what the customer's log is asked to take in, once `source` has ended."""
    who, desk, talk = source.who, source.desk, source.talk
    if who.merged_owner.kind is OwnerKind.NONE:
        return c.Absorb(source.id, source.seq, who.every_identity, NOBODY)
    return c.Absorb(
        source.id,
        source.seq,
        who.every_identity,
        who.merged_owner,
        (*desk.parts, Part(source=source.id, first=desk.session_from, last=source.seq)),
        talk.waiting_since,
        talk.unread,
        talk.last and replace(talk.last, seq=0),
    )


def absorb(it: Conversation, command: c.Absorb) -> list[Event]:
    """The other log belongs to this thread now, and its open session goes on here.

    When one is open here, too, whoever is nearer to a person keeps it: an agent does not lose the customer, nor the
    customer the place in the queue, because an old bot session was never closed.
    """
    if any(a.source == command.source for a in it.who.absorbed):
        return []
    if it.who.merged_into == command.source:
        raise MergeRefused("each was merged into the other at once")
    if not may_merge(it.who.every_identity, command.identities):
        raise MergeRefused("two signed accounts")  # it signed in between the two halves of the merge
    taken = CustomerAbsorbed(source=command.source, upto=command.upto)
    if command.owner.kind is OwnerKind.NONE or it.who.merged_into:
        return [taken, CustomerCarried(source=command.source, identities=command.identities)]
    carried = CustomerCarried(
        source=command.source,
        identities=command.identities,
        parts=command.parts,
        waiting_since=command.waiting_since,
        unread=command.unread,
        last=command.last,
    )
    # The session that goes on first, then what it goes on with: a new session begins with nothing.
    return [taken, *_goes_on(it, command.owner), carried]


def _goes_on(it: Conversation, owner: Owner) -> list[Event]:
    if not it.desk.session_open:
        return opened(it, owner, "merged")
    if _NEARNESS[owner.kind] > _NEARNESS[it.desk.owner.kind]:
        return [owned_by(it, owner, "merged")]
    return [ConversationWoken(why="message")] if it.desk.snoozed_until else []


def unmerge(it: Conversation, source: str) -> list[Event]:
    if not any(a.source == source for a in it.who.absorbed):
        raise MergeRefused("that customer was not merged into this one")
    return [CustomerUnmerged(source=source)]


def release(it: Conversation, out_of: str) -> list[Event]:
    """It stands alone again, and its session goes on here, with whoever had it: nothing over there answered it here.

    An agent who has left since does not keep it: the router gives back what is held by nobody who is there.
    """
    if it.who.merged_into != out_of:
        return []
    owner = it.who.merged_owner
    released = CustomerReleased(out_of=out_of, owner=owner)
    if owner.kind is OwnerKind.NONE:
        return [released]
    return [released, ConversationReopened(session=it.desk.session), owned_by(it, owner, "merged")]
