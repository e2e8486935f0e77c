"""Finding a customer by what staff were told: an address, the shop's or a CRM's own id of them, or a conversation's id.

Exact, and only what somebody vouches for: addresses that are mere claims, or an agent's word, are in no index.
"""

import re
from collections.abc import Sequence

from hub.model.addresses import normal
from hub.model.conversation import Conversation
from hub.model.identity import Identity, IdentityKind
from hub.services.conversations import Conversations
from hub.services.customers import Customers
from hub.store.crm_people import CrmPeople
from hub.store.identities import IdentityIndex

CONVERSATION = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


class Search:
    """`realms` are those in which sites name their customers, `crms` the connections to CRMs."""

    def __init__(
        self,
        conversations: Conversations,
        customers: Customers,
        index: IdentityIndex,
        people: CrmPeople,
        realms: frozenset[str],
        crms: Sequence[str],
    ) -> None:
        self._conversations = conversations
        self._customers = customers
        self._index = index
        self._people = people
        self._realms = realms
        self._crms = crms

    async def find(self, text: str) -> list[Conversation]:
        """Where whoever is meant is now, each once. Raises StoreUnavailable."""
        found = [await self._index.find(identity.key) for identity in self._possible(text.strip())]
        found += [await self._people.find(crm, text.strip()) for crm in self._crms]
        if CONVERSATION.fullmatch(text.strip()) and (await self._conversations.state(text.strip())).seq:
            found.append(text.strip())
        current = [await self._customers.current(conversation) for conversation in found if conversation]
        return list({it.id: it for it in current}.values())

    def _possible(self, text: str) -> list[Identity]:
        kinds = (IdentityKind.EMAIL, IdentityKind.PHONE)
        addresses = [Identity(kind=kind, value=value) for kind in kinds if (value := normal(kind, text))]
        accounts = [Identity(kind=IdentityKind.ACCOUNT, value=f"{realm}/{text}") for realm in sorted(self._realms)]
        return addresses + accounts
