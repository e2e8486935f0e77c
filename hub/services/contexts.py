"""The CRM beside the conversation: asked when a customer arrives, cached, refreshed on request, shown with its age."""

from collections.abc import Awaitable, Callable

from pydantic_core import to_json

from hub.model.commands import AttachContext
from hub.model.conversation import Conversation
from hub.model.crm import Context
from hub.model.events import (
    CrmNewsTold,
    CrmNoticed,
    CustomerArrived,
    CustomerCarried,
    CustomerUnmerged,
    EffectDone,
    IdentityAdded,
    Logged,
)
from hub.model.identity import Identity, Proof
from hub.model.ids import derived
from hub.model.kept import keeping
from hub.model.party import SYSTEM
from hub.services.conversations import Conversations
from hub.services.spans import span
from hub.services.visibility import reduced
from hub.store.contexts import Contexts
from hub.store.crm_people import CrmPeople
from hub.store.whispers import Whisper, Whispers

LookUp = Callable[[tuple[Identity, ...]], Awaitable[Context]]


class ContextDesk:
    """`look_up` answers within its deadline and never raises (hub/crm/context.py). `hidden` as in visibility.py."""

    def __init__(
        self,
        conversations: Conversations,
        cache: Contexts,
        people: CrmPeople,
        whispers: Whispers,
        look_up: LookUp,
        now: Callable[[], int],
        fresh_ms: int,
        hidden: tuple[str, ...] = (),
    ) -> None:
        self._conversations = conversations
        self._cache = cache
        self._people = people
        self._whispers = whispers
        self._look_up = look_up
        self._now = now
        self._fresh_ms = fresh_ms
        self._hidden = hidden

    async def of(self, it: Conversation, *, refresh: bool = False) -> Context:
        """The context, from the cache while it is fresh. A CRM that fails does not wipe what it said before."""
        cached = await self._cache.get(it.id)
        if cached and not refresh and self._now() - cached.as_of <= self._fresh_ms:
            return cached
        with span("crm look-up", conversation=it.id):
            answer = await self._look_up(it.who.every_identity)
        if answer.outcome == "unavailable" and cached and cached.outcome == "found":
            # Old knowledge, with its age and the reason why it is old.
            return cached.model_copy(update={"detail": answer.detail, "sources": answer.sources})
        if cached:
            answer = keeping(answer, cached, Contexts.LIFE_S * 1000)
        await self._cache.put(it.id, answer)
        for source in answer.sources:
            if source.external_id:
                await self._people.remember(source.crm, source.external_id, it.id)
        await self._whispers.say(self._whisper(it.id, answer))
        return answer

    def _whisper(self, conversation: str, context: Context) -> Whisper:
        full = context_frame(conversation, context)
        if not self._hidden:
            return Whisper(kind="frame", conversation=conversation, staff=True, frame=full)
        less = context_frame(conversation, self.shown(context, leads=False))
        return Whisper(kind="context", conversation=conversation, staff=True, frame=full, reduced=less)

    def shown(self, context: Context, *, leads: bool) -> Context:
        """What may leave the hub of it, to supervisors and admins (`leads`) or to agents."""
        return context if leads else reduced(context, self._hidden)

    async def cached(self, conversation: str) -> Context | None:
        return await self._cache.get(conversation)

    async def react(self, entry: Logged) -> None:
        """Reaction: a customer arrived, became better known, or turned out to be more or less than one customer; or
        something of theirs changed in the CRM, through us or not.
        """
        if isinstance(entry.event, EffectDone | CrmNewsTold | CrmNoticed):
            await self.of(await self._conversations.state(entry.conversation, entry.seq), refresh=True)
            return
        if not isinstance(entry.event, CustomerArrived | IdentityAdded | CustomerCarried | CustomerUnmerged):
            return
        it = await self._conversations.state(entry.conversation, entry.seq)
        if isinstance(entry.event, IdentityAdded) and (
            entry.event.identity.proof < Proof.AGENT_WORD or it.who.arrived_at == entry.at
        ):
            return  # a claim is not looked up; and an arrival with this identity asks once for all of them
        if isinstance(entry.event, CustomerCarried | CustomerUnmerged):
            await self._cache.forget(it.id)  # it may be somebody else's by now: not even a failing CRM keeps it
        context = await self.of(it, refresh=not isinstance(entry.event, CustomerArrived))
        await self._conversations.ask(it.id, AttachContext(context), SYSTEM, derived("context", it.id, str(entry.seq)))


def context_frame(conversation: str, context: Context) -> str:
    """The `context` frame of protocol v1."""
    return to_json({"t": "context", "conversation": conversation, "d": context.model_dump(mode="json")}).decode()
