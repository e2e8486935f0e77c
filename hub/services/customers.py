"""Who is at the door: from proven identities to the one conversation, and joining what turns out to be one customer."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from hub.model.commands import Arrive, MergeInto, Release, Unmerge
from hub.model.conversation import Conversation
from hub.model.decide.identities import taking_in
from hub.model.errors import Gone, MergeRefused
from hub.model.events import CustomerMerged, CustomerUnmerged, Logged
from hub.model.identity import Identity, IdentityKind, may_merge, opens_history, signed_accounts
from hub.model.ids import derived
from hub.model.party import SYSTEM, Party, PartyKind
from hub.services.conversations import Conversations
from hub.store.identities import IdentityIndex

LONGEST_REDIRECT = 16


class Customers:
    """`new_id` makes a fresh ULID. All methods raise StoreUnavailable when the store does not answer."""

    def __init__(self, conversations: Conversations, index: IdentityIndex, new_id: Callable[[], str]) -> None:
        self._conversations = conversations
        self._index = index
        self._new_id = new_id

    async def current(self, conversation: str, *, newest: bool = False) -> Conversation:
        """The conversation, or the one its customer was merged into. Raises Gone when redirects do not end.

        `newest`: as the store has it, for a process that does not follow all conversations.
        """
        look = self._conversations.newest if newest else self._conversations.state
        for _ in range(LONGEST_REDIRECT):
            it = await look(conversation)
            if not it.who.merged_into:
                return it
            conversation = it.who.merged_into
        raise Gone("redirects do not end")

    async def recognise(self, identities: tuple[Identity, ...]) -> Conversation:
        """The conversation of who proves these identities, made when there is none.

        A signed account decides; else a proven address; else the device's own anonymous thread. An anonymous thread
        joins the account that signs in on its device, and from then on the device's secret opens nothing of it: the
        next person at a shared phone has no token. Claims are never looked up: they open nothing.
        """
        device = next((i for i in identities if i.kind is IdentityKind.VISITOR), None)
        proven = [i for i in identities if opens_history(i) and i.kind is not IdentityKind.VISITOR]
        proven.sort(key=lambda i: (i.kind is not IdentityKind.ACCOUNT, -i.proof))
        anonymous = await self._anonymous(device)
        if not proven:
            return anonymous or await self._make(device)
        known = await self._first_known(proven) or anonymous or await self._make(proven[0])
        for identity in proven:
            await self._index.bind(identity.key, known.id)
        if device and anonymous:
            if anonymous.id != known.id:
                await self.merge(anonymous.id, known.id, SYSTEM, derived("sign-in", anonymous.id, known.id))
            await self._index.release_from(device.key, anonymous.id)
        return await self.current(known.id)

    async def _anonymous(self, device: Identity | None) -> Conversation | None:
        """The device's own thread, as long as nobody signed in there: then its secret is forgotten."""
        bound = await self._index.find(device.key) if device else None
        if device is None or bound is None:
            return None
        found = await self.current(bound)
        if not signed_accounts(found.who.every_identity):
            return found
        await self._index.release_from(device.key, bound)
        return None

    async def _first_known(self, proven: list[Identity]) -> Conversation | None:
        """The first whose customer has no *other* signed account than the one presented."""
        for identity in proven:
            found = await self._find(identity)
            if found and may_merge(found.who.every_identity, tuple(proven)):
                return found
        return None

    async def _find(self, identity: Identity) -> Conversation | None:
        conversation = await self._index.find(identity.key)
        return await self.current(conversation) if conversation else None

    async def forget_device(self, identities: tuple[Identity, ...]) -> None:
        """Logout: the device's secret opens nothing any more."""
        for identity in identities:
            if identity.kind is IdentityKind.VISITOR:
                await self._index.release(identity.key)

    async def _make(self, identity: Identity | None) -> Conversation:
        fresh = self._new_id()
        winner = await self._index.bind(identity.key, fresh) if identity else fresh
        return await self.current(winner)

    async def arrive(self, it: Conversation, arrival: Arrive, by: Party, channel: str) -> int:
        """Note that the customer is here; returns the log's seq."""
        done = await self._conversations.ask(it.id, arrival, by, self._new_id(), channel)
        return done.seq

    # --- merging ------------------------------------------------------------------------------------------

    async def merge(self, source: str, into: str, by: Party, id: str) -> None:
        """`source` goes into `into`. Raises MergeRefused (see MergeInto). A crash in between is mended by `finish`."""
        target = await self.current(into)
        if target.id == source:
            raise MergeRefused("it is the same customer already")
        merged = await self._conversations.ask(source, MergeInto(target.id, target.who.every_identity), by, id)
        await self._absorb(await self._conversations.state(source), target.id, by, merged.seq)

    async def unmerge(self, conversation: str, source: str, by: Party, id: str) -> None:
        """Undo: `source` stands alone again. Raises MergeRefused when it was not merged into `conversation`."""
        before = await self._conversations.newest(source)
        await self._conversations.ask(conversation, Unmerge(source), by, id)
        await self._conversations.ask(source, Release(conversation), by, derived("release", id))
        if before.who.merged_by == PartyKind.AGENT:
            await self._return_to_devices(before, conversation)

    async def _return_to_devices(self, it: Conversation, out_of: str) -> None:
        """An agent's mistake took it from the devices that it was opened from: what they began meanwhile goes on in it.

        Not after a sign-in: that was their own doing, and from then on the device's secret opens nothing of it. Nor
        after a logout, which is final. A crash before this leaves them with what they began.
        """
        if signed_accounts(it.who.every_identity):
            return
        for device in it.who.identities:
            bound = await self._index.find(device.key) if device.kind is IdentityKind.VISITOR else None
            begun = await self.current(bound, newest=True) if bound else it
            if begun.id in (it.id, out_of) or signed_accounts(begun.who.every_identity):
                continue
            with suppress(MergeRefused):
                await self.merge(begun.id, it.id, SYSTEM, derived("returned", begun.id, it.id, str(it.seq)))

    async def finish(self, entry: Logged) -> None:
        """Reaction: the other half of a merge or unmerge, if a crash left it undone."""
        match entry.event:
            case CustomerMerged(into=into):
                merged = await self._conversations.newest(entry.conversation)
                await self._absorb(merged, into, entry.by, entry.seq)
            case CustomerUnmerged(source=source):
                await self._conversations.ask(
                    source, Release(entry.conversation), entry.by, derived("release", entry.id)
                )

    async def _absorb(self, source: Conversation, into: str, by: Party, seq: int) -> None:
        """`seq` is where `source` says that it was merged: each merge is absorbed once, also after an unmerge."""
        if source.who.merged_into != into:
            return  # undone in the meantime
        cause = (source.id, into, str(seq))
        release = partial(self._conversations.ask, source.id, Release(into), by, derived("refused", *cause))
        if await self._circle(source.id):
            await release()
            raise MergeRefused("each was merged into the other at once")
        # What the visitor sent and got no answer to is sent again here, once they have signed in.
        said = await self._conversations.refs_of_customer(source.id)
        try:
            await self._conversations.ask(into, taking_in(source), by, derived("absorb", *cause), also=said)
        except MergeRefused:
            # It became somebody else's between the two halves: the first is undone.
            await release()
            raise

    async def _circle(self, conversation: str) -> bool:
        """Do the redirects that begin here lead back? Several merges at once can make that; the last one sees it."""
        at = conversation
        for _ in range(LONGEST_REDIRECT):
            at = (await self._conversations.newest(at)).who.merged_into
            if not at:
                return False
            if at == conversation:
                return True
        return True


def customer_party(it: Conversation) -> Party:
    return Party(kind=PartyKind.CUSTOMER, id=it.id, name=it.who.name)
