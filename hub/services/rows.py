"""What screens are told of a conversation besides its log: the agents' row, the customer's own state."""

from typing import Any

from hub.model.call import THE_CUSTOMER
from hub.model.conversation import Conversation
from hub.model.decide.calls import rings_at
from hub.model.identity import IdentityKind, Proof, proof_name, signed_accounts


def anonymous(it: Conversation) -> bool:
    """Nobody vouches for who this is."""
    return not any(i.proof >= Proof.ONE_TIME_CODE and i.kind is not IdentityKind.VISITOR for i in it.who.every_identity)


def row(it: Conversation) -> dict[str, Any]:
    """A conversation as staff see it in a list and above a thread. Times are epoch ms, 0 = not."""
    desk, talk, who = it.desk, it.talk, it.who
    held = desk.reservation
    return {
        "conversation": it.id,
        "epoch": it.epoch,
        "seq": it.seq,
        "customer": {
            "name": who.name,
            "surname": who.surname,
            "tier": who.tier,
            "anonymous": anonymous(it),
            "locale": who.locale,
            "signed": bool(signed_accounts(who.every_identity)),
        },
        "status": str(it.status),
        "owner": {"kind": str(desk.owner.kind), "id": desk.owner.id, "name": desk.owner.name},
        "tenure": desk.tenure,
        "session": desk.session,
        "session_open": desk.session_open,
        "since": desk.since,
        "reservation": {"agent": held.agent, "name": held.name, "until": held.until} if held else None,
        "team": desk.team,
        "tags": list(desk.tags),
        "channel": talk.channel,
        "last": _last(it),
        "waiting_since": talk.waiting_since,
        "unread": talk.unread,
        "identities": [
            # A device secret's hash is of no use to an agent.
            {"kind": str(i.kind), "value": i.value, "proof": proof_name(i.proof)}
            for i in who.every_identity
            if i.kind is not IdentityKind.VISITOR
        ],
        "read": {"customer": talk.read_customer, "staff": talk.read_staff},
        "delivered": {"customer": talk.delivered_customer, "staff": talk.delivered_staff},
        "snoozed_until": desk.snoozed_until,
        "merged_into": who.merged_into,
        "absorbed": [{"source": a.source, "upto": a.upto} for a in who.absorbed],
        "call": _call(it, staff=True),
    }


def _last(it: Conversation) -> dict[str, Any] | None:
    last = it.talk.last
    return {"by": last.by, "name": last.name, "text": last.text, "at": last.at, "seq": last.seq} if last else None


def own_state(it: Conversation, *, online: bool) -> dict[str, Any]:
    """A conversation as its customer sees it. Nothing here that only staff may know."""
    desk, talk = it.desk, it.talk
    return {
        "status": str(it.status),
        "owner": {"kind": str(desk.owner.kind), "id": desk.owner.id, "name": desk.owner.name},
        "session": desk.session,
        "read": {"customer": talk.read_customer, "staff": talk.read_staff},
        "delivered": {"customer": talk.delivered_customer, "staff": talk.delivered_staff},
        "absorbed": [{"source": a.source, "upto": a.upto} for a in it.who.absorbed],
        "online": online,
        "call": _call(it, staff=False),
    }


def guest_state(it: Conversation, party: str) -> dict[str, Any]:
    """The call as its guest sees it: their own invitation and no other, and the customer without a name."""
    found = _call(it, staff=False)
    if found is not None and it.call is not None:
        found["parties"] = [each | ({"name": ""} if each["party"] == THE_CUSTOMER else {}) for each in found["parties"]]
        mine = it.call.invitation(party)
        found["invited"] = [{"party": mine.party, "name": mine.name, "until": mine.until}] if mine else []
    return {"call": found}


def _call(it: Conversation, *, staff: bool) -> dict[str, Any] | None:
    """Whom it rings at now, and who is in it. Who is invited, and who listens, only staff may know."""
    call = it.call
    if call is None:
        return None
    found: dict[str, Any] = {
        "id": call.id,
        "media": call.media,
        "state": "ringing" if call.ringing else "live",
        "by": call.by,
        "to": "" if call.unanswered else rings_at(it, call),
        "held": call.held,
        "until": call.until,
        "accepted_at": call.accepted_at,
        "parties": [{"party": each.party, "name": each.name} for each in call.parties],
        "recording": call.recording,
        "topology": call.topology,
        "consent": call.text_version,
        "granted": list(call.granted),
        "listening": call.announced,
    }
    if staff:
        found["invited"] = [{"party": each.party, "name": each.name, "until": each.until} for each in call.invited]
        found["supervisors"] = [
            {"party": each.party, "name": each.name, "mode": each.mode} for each in call.supervisors
        ]
    return found
