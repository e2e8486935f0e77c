"""What a CRM tells us: its webhook's call becomes events in its customers' conversations, each change once."""

from collections.abc import Mapping, Sequence

import structlog

from hub.crm_connections import Connection, Connections
from hub.model.commands import HearNews
from hub.model.crm import CrmNews
from hub.model.errors import NotFound
from hub.model.ids import derived
from hub.model.party import SYSTEM
from hub.services.conversations import Conversations
from hub.services.customers import Customers
from hub.store.crm_people import CrmPeople
from hub.store.identities import IdentityIndex

log = structlog.get_logger()


class CrmNewsroom:
    """`realms`: those of the sites, whose account ids may be a CRM's own."""

    def __init__(
        self,
        connections: Connections,
        conversations: Conversations,
        customers: Customers,
        people: CrmPeople,
        identities: IdentityIndex,
        realms: Sequence[str],
    ) -> None:
        self._connections = connections
        self._conversations = conversations
        self._customers = customers
        self._people = people
        self._identities = identities
        self._realms = realms

    async def hear(self, name: str, headers: Mapping[str, str], body: bytes, now: int) -> int:
        """How many changes became events, again or now. `now` is epoch ms.

        Raises NotFound: no such connection, or one that tells nothing; Forbidden, BadRequest as CrmHook;
        StoreUnavailable: call again.
        """
        connection = self._connections.get(name)
        if connection is None or connection.hook is None:
            raise NotFound("no such connection")
        return sum([await self._one(connection, news) for news in await connection.hook.news(headers, body, now)])

    async def _one(self, connection: Connection, news: CrmNews) -> bool:
        if await self._is_echo(connection.name, news):
            log.debug("crm echo dropped", crm=connection.name, kind=news.kind)
            return False
        conversation = await self._conversation(connection, news.external_id)
        if conversation is None:
            log.debug("crm news of nobody here", crm=connection.name, kind=news.kind)
            return False
        it = await self._customers.current(conversation, newest=True)
        once = derived("news", connection.name, news.id)
        await self._conversations.ask(it.id, HearNews(connection.name, news), SYSTEM, once)
        return True

    async def _is_echo(self, name: str, news: CrmNews) -> bool:
        """Did we do it? Our mark stays in what we made, so it says so only while that is as we made it."""
        if await self._people.is_echo(name, news.ref, news.status, news.id):
            return True
        as_made = news.kind == "ticket" and news.status in ("", "open")
        return bool(news.echo_of and as_made) and await self._people.is_first_of(name, news.echo_of, news.id)

    async def _conversation(self, connection: Connection, external_id: str) -> str | None:
        found = await self._people.find(connection.name, external_id)
        realms = self._realms if connection.account_ids and not found else ()
        for realm in realms:
            found = found or await self._identities.find(f"account:{realm}/{external_id}")
        return found
