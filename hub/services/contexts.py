"""The CRM beside the conversation: asked when a customer arrives, cached, refreshed on request, shown with its age."""

from collections.abc import Awaitable, Callable

from pydantic_core import to_json

from hub.model.commands import AttachContext
from hub.model.conversation import Conversation
from hub.model.crm import Context, CustomerKeys
from hub.model.events import CustomerArrived, CustomerCarried, CustomerUnmerged, IdentityAdded, Logged
from hub.model.identity import Identity, IdentityKind, Proof
from hub.model.ids import derived
from hub.model.party import SYSTEM
from hub.services.conversations import Conversations
from hub.services.spans import span
from hub.store.contexts import Contexts
from hub.store.whispers import Whisper, Whispers

LookUp = Callable[[CustomerKeys, bool], Awaitable[Context]]


def keys_of(identities: tuple[Identity, ...]) -> CustomerKeys:
    """What the CRM may be asked by: addresses that somebody vouches for. A claim is never looked up."""
    held = [i for i in identities if i.proof >= Proof.AGENT_WORD]

    def values(kind: IdentityKind) -> tuple[str, ...]:
        return tuple(i.value for i in held if i.kind is kind)

    accounts = values(IdentityKind.CRM) or tuple(v.partition("/")[2] for v in values(IdentityKind.ACCOUNT))
    return CustomerKeys(
        external_id=accounts[0] if accounts else "",
        emails=values(IdentityKind.EMAIL),
        phones=values(IdentityKind.PHONE),
        wechat_id=next(iter(values(IdentityKind.WECHAT)), ""),
    )


def proven(identities: tuple[Identity, ...]) -> bool:
    """May account data be shown to whoever writes in this conversation?"""
    return any(i.proof >= Proof.ONE_TIME_CODE and i.kind is not IdentityKind.VISITOR for i in identities)


class ContextDesk:
    """`look_up` answers within its deadline and never raises (hub/crm/context.py)."""

    def __init__(
        self,
        conversations: Conversations,
        cache: Contexts,
        whispers: Whispers,
        look_up: LookUp,
        now: Callable[[], int],
        fresh_ms: int,
    ) -> None:
        self._conversations = conversations
        self._cache = cache
        self._whispers = whispers
        self._look_up = look_up
        self._now = now
        self._fresh_ms = fresh_ms

    async def of(self, it: Conversation, *, refresh: bool = False) -> Context:
        """The context, from the cache while it is fresh. A CRM that fails does not wipe what it said before."""
        cached = await self._cache.get(it.id)
        if cached and not refresh and self._now() - cached.as_of <= self._fresh_ms:
            return cached
        keys = keys_of(it.who.every_identity)
        with span("crm look-up", conversation=it.id):
            answer = await self._look_up(keys, not keys.empty)
        if answer.outcome == "unavailable" and cached and cached.outcome == "found":
            # Old knowledge, with its age and the reason why it is old.
            return cached.model_copy(update={"detail": answer.detail})
        await self._cache.put(it.id, answer)
        await self._whispers.say(
            Whisper(kind="frame", conversation=it.id, staff=True, frame=context_frame(it.id, answer))
        )
        return answer

    async def cached(self, conversation: str) -> Context | None:
        return await self._cache.get(conversation)

    async def react(self, entry: Logged) -> None:
        """Reaction: a customer arrived, became better known, or turned out to be more or less than one customer."""
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
