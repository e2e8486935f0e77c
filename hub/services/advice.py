"""Drafts and articles for the agent who writes, from what the bot knows. The adviser loads at its first use."""

import asyncio
from collections.abc import Callable

from hub.model.conversation import Conversation
from hub.model.crm import Context
from hub.model.identity import may_see_account
from hub.ports import Adviser, Article, Suggestion, Turn
from hub.services.contexts import ContextDesk
from hub.services.transcripts import Transcripts, spoken


class Advice:
    """`load` takes a tenth of a second of CPU the first time; `now` gives epoch ms; `site_name(site, locale)`."""

    def __init__(
        self,
        load: Callable[[], Adviser],
        transcripts: Transcripts,
        contexts: ContextDesk,
        now: Callable[[], int],
        site_name: Callable[[str, str], str],
    ) -> None:
        self._load = load
        self._transcripts = transcripts
        self._contexts = contexts
        self._now = now
        self._site_name = site_name

    async def suggestions(self, it: Conversation) -> tuple[Suggestion, ...]:
        """What could be said now; none while no session is open."""
        if not it.desk.session_open:
            return ()
        adviser, turn = await self._adviser(), await self._turn(it)
        return await asyncio.to_thread(adviser.suggest, turn)

    async def articles(self, words: str, locale: str, it: Conversation | None) -> tuple[Article, ...]:
        """For `words`; with `it`, that customer's own products first."""
        adviser = await self._adviser()
        context = await self._contexts.cached(it.id) if it else None
        return await asyncio.to_thread(adviser.search, words, locale, owned(context))

    async def _turn(self, it: Conversation) -> Turn:
        entries = await self._transcripts.session(it.id, it.desk.session_from, it.seq, it.desk.parts)
        known = may_see_account(it.who.every_identity)
        return Turn(
            conversation=it.id,
            session=it.desk.session,
            trigger="message",
            locale=it.who.locale,
            now=self._now(),
            transcript=spoken(entries),
            insights=(),
            context=await self._contexts.cached(it.id) if known else None,
            proven=known,
            anyone_online=True,
            site_name=self._site_name(it.who.site, it.who.locale),
        )

    async def _adviser(self) -> Adviser:
        return await asyncio.to_thread(self._load)


def owned(context: Context | None) -> tuple[str, ...]:
    """Models of what the customer owns."""
    products = context.customer.products_owned if context and context.customer else ()
    return tuple(product.model for product in products)
