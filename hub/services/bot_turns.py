"""Reaction: let the bot answer what is its to answer. It is given everything by value and speaks through a command."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Literal

import structlog

from hub.model.commands import BotTurn, Brief
from hub.model.conversation import Conversation
from hub.model.errors import BotFailed, Refused
from hub.model.events import (
    CustomerArrived,
    CustomerCarried,
    CustomerReleased,
    HandoffRequested,
    Logged,
    MessageCreated,
    OwnerChanged,
    QueueWaited,
)
from hub.model.identity import may_see_account
from hub.model.ids import derived
from hub.model.owner import OwnerKind
from hub.model.party import BOT, PartyKind
from hub.ports import Answer, Bot, Turn
from hub.services.contexts import ContextDesk
from hub.services.conversations import Conversations
from hub.services.spans import span
from hub.services.transcripts import Transcripts, insights, spoken
from hub.store.presence import Presence

log = structlog.get_logger()
Trigger = Literal["arrived", "message", "handoff", "waited"]


def trigger_of(entry: Logged, it: Conversation) -> Trigger | None:
    """Is this the bot's to answer, as things stand now?"""
    owner = it.desk.owner.kind
    match entry.event:
        case CustomerArrived() if owner is OwnerKind.NONE:
            return "arrived"
        case MessageCreated() if entry.by.kind is PartyKind.CUSTOMER and owner is OwnerKind.BOT:
            return "message"
        case HandoffRequested() if owner is OwnerKind.BOT:
            return "handoff"
        case CustomerCarried(waiting_since=at) if at and owner is OwnerKind.BOT:
            return "message"  # asked as a guest, who signed in before the answer came
        case CustomerReleased() if it.talk.waiting_since and owner is OwnerKind.BOT:
            return "message"  # merged by mistake before the answer came
        case QueueWaited() if owner is OwnerKind.QUEUE:
            return "waited"
        case OwnerChanged(reason="customer_cancelled" | "returned_to_bot") if owner is OwnerKind.BOT:
            # What was written to a person who never came is the bot's to answer now.
            return "message" if it.talk.customer_seq > it.talk.staff_seq else None
        case _:
            return None


TRIGGERS = (
    CustomerArrived,
    CustomerCarried,
    CustomerReleased,
    MessageCreated,
    HandoffRequested,
    OwnerChanged,
    QueueWaited,
)
CALLING = frozenset({"web", "app"})  # channels in which a call can begin


class BotTurns:
    def __init__(
        self,
        conversations: Conversations,
        transcripts: Transcripts,
        contexts: ContextDesk,
        presence: Presence,
        bot: Bot,
        now: Callable[[], int],
        deadline_s: float,
        site_name: Callable[[str, str], str],
        *,
        calls: bool,
    ) -> None:
        """`calls`: can customers call here at all?"""
        self._conversations = conversations
        self._transcripts = transcripts
        self._contexts = contexts
        self._presence = presence
        self._bot = bot
        self._now = now
        self._deadline_s = deadline_s
        self._site_name = site_name
        self._calls = calls
        self.turns: Counter[str] = Counter()  # by how they ended: answered, handed_over, failed

    async def react(self, entry: Logged) -> None:
        if not isinstance(entry.event, TRIGGERS):
            return
        it = await self._conversations.state(entry.conversation, entry.seq)
        trigger = trigger_of(entry, it)
        if trigger is None or it.seq < entry.seq:  # before: the store has lost it again, and it was never said
            return
        turn = await self._turn(it, entry, trigger)
        answer = await self._answer(turn)
        self.turns[_ended(answer)] += 1
        log.debug("bot turn", conversation=it.id, seq=entry.seq, trigger=trigger, outcome=_ended(answer))
        command = _command(answer, it.desk.tenure, entry.seq)
        try:
            await self._conversations.ask(it.id, command, BOT, turn_id(entry), entry.channel)
        except Refused as refusal:
            # It changed hands while the bot was thinking: the bot stays silent (hard rule of bot.md).
            log.info("bot turn dropped", conversation=it.id, seq=entry.seq, why=refusal.code)

    async def _turn(self, it: Conversation, entry: Logged, trigger: Trigger) -> Turn:
        first = it.desk.session_from if it.desk.session_open else entry.seq
        parts = it.desk.parts if it.desk.session_open else ()
        entries = await self._transcripts.session(it.id, first, entry.seq, parts)
        known = may_see_account(it.who.every_identity)
        here = await self._presence.here(self._now())
        return Turn(
            conversation=it.id,
            session=it.desk.session,
            trigger=trigger,
            locale=it.who.locale,
            now=self._now(),
            transcript=spoken(entries),
            insights=insights(entries),
            context=await self._contexts.of(it) if known else None,
            proven=known,
            anyone_online=any(h.status == "available" for h in here),
            site_name=self._site_name(it.who.site, it.who.locale),
            can_call=self._calls and entry.channel in CALLING,
        )

    async def _answer(self, turn: Turn) -> Answer | BotFailed:
        try:
            with span("bot", conversation=turn.conversation, trigger=turn.trigger):
                async with asyncio.timeout(self._deadline_s):
                    return await self._bot.answer(turn)
        except TimeoutError:
            return BotFailed(f"no answer within {self._deadline_s:g} s")
        except Exception as problem:  # a bot may fail in any way; the customer must not notice more than a person
            log.exception("bot failed", conversation=turn.conversation)
            return BotFailed(type(problem).__name__)


def turn_id(entry: Logged) -> str:
    """The bot's command that answers an entry: one answer, however often it is asked for, also in another epoch.

    By its own id: another entry may stand at the same seq one day (restore, a store that lost the end of a log).
    """
    return derived("bot", entry.conversation, entry.id, str(entry.seq))


def _ended(answer: Answer | BotFailed) -> str:
    if isinstance(answer, BotFailed):
        return "failed"
    return "handed_over" if answer.handoff else "answered"


def _command(answer: Answer | BotFailed, tenure: int, seq: int) -> BotTurn:
    if isinstance(answer, BotFailed):
        return BotTurn(tenure, seq, brief=Brief("bot_failed", answer.detail, "", (), ""))
    handoff = answer.handoff
    brief = Brief(handoff.reason, handoff.evidence, handoff.summary, handoff.tried, handoff.team) if handoff else None
    return BotTurn(tenure, seq, answer.says, answer.insight, brief, answer.ticket)
