"""Who a conversation's customer is in one CRM, at the moment something is written there."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from hub.crm_connections import Connection, Connections, keys_of, wider
from hub.model.conversation import Conversation
from hub.model.crm import CrmCustomer
from hub.model.errors import CrmRefused, NotFound

T = TypeVar("T")


class CrmCustomers:
    """Every method may raise what the port raises (CrmUnavailable ...)."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def written(self, connection: Connection, it: Conversation, write: Callable[[str], Awaitable[T]]) -> T:
        """What `write` answers for the customer's key in that CRM. A key that it no longer knows (merged, deleted) is
        looked up again, once.

        Raises NotFound when the CRM does not know them, CrmRefused when several could be meant.
        """
        known, gone = self._known(connection, it), NotFound("the CRM does not know this customer")
        if known:
            try:
                return await write(known)
            except NotFound as stale:
                gone = stale
        found = await self.find(connection, it)
        if found is None or found.external_id == known:
            raise gone
        return await write(found.external_id)

    async def find(self, connection: Connection, it: Conversation) -> CrmCustomer | None:
        """As the CRM has them now.

        Raises CrmRefused when several could be meant: what is to be written is kept until an agent has chosen.
        """
        keys = keys_of(it.who.every_identity, connection)
        keys = keys.model_copy(update={"external_id": self._known(connection, it) or keys.external_id})
        found = [] if keys.empty else await connection.crm.find_customer(keys)
        profile = self._connections.first("customer")
        if not found and profile is not None and profile is not connection:
            customer = await self.find(profile, it)
            found = await connection.crm.find_customer(wider(keys, customer)) if customer else []
        if len(found) > 1:
            raise CrmRefused("several customers have these addresses: choose one, then try again")
        return found[0] if found else None

    def _known(self, connection: Connection, it: Conversation) -> str:
        """From the last context."""
        if not it.who.external_ids and connection is self._connections.first("customer"):
            return it.who.external_id  # of before connections had names
        return dict(it.who.external_ids).get(connection.name, "")
