"""/api/v1: the connections to CRMs and how they do, what CRMs tell us, and the knowledge base."""

from collections.abc import Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.model.errors import BadRequest, Forbidden, TooLong
from hub.services.advice import Advice
from hub.services.conversations import Conversations
from hub.services.crm_news import CrmNewsroom
from hub.services.integrations import Integrations
from hub.store.agents import Account
from hub.transport.http.models import ArticleView, Connections, Found, Heard, Replay, Replayed
from hub.transport.http.problems import BODY_BYTES, body

WORDS = 200


class Door(Protocol):
    """Who may come in."""

    async def staff(self, request: Request) -> Account:
        """The agent whose login the request carries. Raises AuthFailed."""
        ...

    def same_origin(self, request: Request) -> None:
        """Raises Forbidden for a page that is not ours."""
        ...


class CrmApi:
    """`now` gives epoch ms."""

    def __init__(
        self,
        door: Door,
        integrations: Integrations,
        newsroom: CrmNewsroom,
        advice: Advice,
        conversations: Conversations,
        now: Callable[[], int],
    ) -> None:
        self._door = door
        self._integrations = integrations
        self._newsroom = newsroom
        self._advice = advice
        self._conversations = conversations
        self._now = now

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/integrations", self.integrations),
            Route("/api/v1/integrations/{name}/replay", self.replay, methods=["POST"]),
            Route("/api/v1/crm/{connection}/news", self.news, methods=["POST"]),
            Route("/api/v1/knowledge", self.knowledge),
        ]

    # --- the connections ------------------------------------------------------------------------------------

    async def integrations(self, request: Request) -> Response:
        await self._lead(request)
        return _json(Connections.model_validate({"connections": await self._integrations.view()}).model_dump())

    async def replay(self, request: Request) -> Response:
        """Dead jobs once more: those that are named, or all of the connection."""
        self._door.same_origin(request)
        await self._lead(request)
        asked = await body(request, Replay)
        if not asked.jobs and not asked.all:
            raise BadRequest("jobs: name some, or say all")
        wanted = None if asked.all else asked.jobs
        done = await self._integrations.replay(request.path_params["name"], wanted)
        return _json(Replayed(replayed=tuple(done)).model_dump())

    async def _lead(self, request: Request) -> None:
        account = await self._door.staff(request)
        if account.role not in ("supervisor", "admin"):
            raise Forbidden("for supervisors and admins")

    # --- what CRMs tell -------------------------------------------------------------------------------------

    async def news(self, request: Request) -> Response:
        """A CRM's webhook. It has no login of ours: its signature is all that counts."""
        taken = bytearray()
        async for chunk in request.stream():
            taken += chunk
            if len(taken) > BODY_BYTES:
                raise TooLong("a body may hold at most 64 KiB")
        headers = {name.lower(): value for name, value in request.headers.items()}
        heard = await self._newsroom.hear(request.path_params["connection"], headers, bytes(taken), self._now())
        return _json(Heard(heard=heard).model_dump())

    # --- the knowledge base ---------------------------------------------------------------------------------

    async def knowledge(self, request: Request) -> Response:
        """Articles for `q`, in the language of `locale`; with a `conversation`, its customer's products first."""
        await self._door.staff(request)
        words = request.query_params.get("q", "").strip()
        if not 0 < len(words) <= WORDS:
            raise BadRequest(f"q: 1 to {WORDS} characters")
        named = request.query_params.get("conversation", "")
        it = await self._conversations.state(named) if named else None
        found = await self._advice.articles(words, request.query_params.get("locale", ""), it)
        articles = tuple(ArticleView.model_validate(each, from_attributes=True) for each in found)
        return _json(Found(articles=articles).model_dump())


def _json(content: object) -> JSONResponse:
    return JSONResponse(content, headers={"Cache-Control": "no-store"})
