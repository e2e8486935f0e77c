"""Rules of time: what happens when a deadline has passed. A tick that comes early or late changes nothing."""

from hub.model.conversation import Conversation
from hub.model.decide.asked import Asked
from hub.model.decide.calls import ring_passed
from hub.model.decide.desk import closed, owned_by
from hub.model.dues import dues
from hub.model.events import ConversationWoken, Event, HandoffBriefed, QueueWaited, ReservationExpired
from hub.model.owner import Owner, OwnerKind


def tick(it: Conversation, kind: str, asked: Asked) -> list[Event]:
    due = dues(it, asked.policy).get(kind)
    if due is None or asked.now < due:
        return []
    match kind:
        case "reservation" if it.desk.reservation:
            return [ReservationExpired(agent=it.desk.reservation.agent)]
        case "bot":
            # The bot died or hangs. The customer must not wait for it.
            seconds = (asked.now - it.talk.waiting_since) // 1000
            brief = HandoffBriefed(reason="bot_failed", evidence=f"no answer within {seconds} s")
            return [brief, owned_by(it, Owner(kind=OwnerKind.QUEUE, id=it.desk.team), "bot_failed")]
        case "queue":
            return [QueueWaited(seconds=(asked.now - it.desk.since) // 1000)]
        case "ring":
            return ring_passed(it, asked)
        case "snooze":
            return [ConversationWoken(why="time")]
        case "idle":
            return closed(it, "no_reply", "idle", asked.now)
        case _:
            return []
