"""The deadlines that a conversation's state implies, and the policy that says how long things may take."""

from hub.model.call import THE_BOT, Call
from hub.model.call_events import Announced
from hub.model.conversation import Conversation, Desk
from hub.model.frozen import frozen
from hub.model.owner import OwnerKind


@frozen
class Policy:
    """How long things may take, in ms."""

    bot_ms: int = 8_000
    reservation_ms: int = 20_000
    queue_notice_ms: int = 60_000
    greet_again_ms: int = 1_800_000
    bot_idle_ms: int = 3_600_000  # a session left with the bot ends
    agent_idle_ms: int = 259_200_000  # so does one whose customer never came back to an agent's answer
    archive_ms: int = 0  # untouched for so long, it leaves Redis; 0 = never
    ring_ms: int = 30_000  # a call rings
    call_queue_ms: int = 120_000  # a call waits for somebody to ring at
    call_parties: int = 3
    guest_link_ms: int = 900_000  # a link that nobody opens
    supervision_announced: Announced = "everybody"
    calls_direct: bool = False  # from browser to browser


def last_stir(it: Conversation) -> int:
    """When the customer was last seen, anybody last wrote, or it changed hands, epoch ms."""
    return max(it.desk.since, it.who.arrived_at, it.talk.last.at if it.talk.last else 0)


# Every kind of deadline. LAZY ones move with each word: the store keeps where they stood first, and who sweeps looks.
DEADLINES = ("reservation", "bot", "queue", "snooze", "ring", "idle", "archive")
LAZY = ("idle", "archive")


def dues(it: Conversation, policy: Policy) -> dict[str, int]:
    """The deadlines that this state implies: kind -> epoch ms. The store keeps them; a worker sweeps them."""
    found: dict[str, int] = {}
    desk = it.desk
    if desk.reservation:
        found["reservation"] = desk.reservation.until
    if desk.owner.kind is OwnerKind.BOT and it.talk.waiting_since:
        # Twice the bot's own deadline: the turn may start late, and its time-out answers by itself.
        found["bot"] = it.talk.waiting_since + 2 * policy.bot_ms
    if desk.owner.kind is OwnerKind.QUEUE and not desk.noticed:
        found["queue"] = desk.since + policy.queue_notice_ms
    if it.call and (until := _ring_until(it.call)):
        found["ring"] = until
    if desk.snoozed_until:
        found["snooze"] = desk.snoozed_until
    elif not it.call and not it.talk.waiting_since and (idle := _idle_ms(desk, policy)):
        found["idle"] = last_stir(it) + idle
    if it.seq and desk.owner.kind is OwnerKind.NONE and policy.archive_ms:
        found["archive"] = last_stir(it) + policy.archive_ms
    return found


def _ring_until(call: Call) -> int:
    if call.ringing:
        return call.until
    held = (call.until,) if call.has(THE_BOT) else ()
    return min((*held, *(each.until for each in call.invited if each.until)), default=0)


def _idle_ms(desk: Desk, policy: Policy) -> int:
    """After how long without a word the session ends, 0 = never: who waits for a person is never sent away."""
    if not desk.session_open:
        return 0
    match desk.owner.kind:
        case OwnerKind.BOT:
            return policy.bot_idle_ms
        case OwnerKind.AGENT:
            return policy.agent_idle_ms
        case _:
            return 0
