"""/api/v1: tickets, agents' sign-in, colleagues, sites."""

from collections.abc import Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.model.errors import AuthFailed, BadRequest, Forbidden, NotFound, OneThreadError, RateLimited
from hub.model.frozen import frozen
from hub.services.accounts import Accounts
from hub.services.attendance import Attendance
from hub.services.guests import GuestBook
from hub.store.agents import Account
from hub.store.presence import Presence
from hub.store.throttle import network_of
from hub.store.tickets import LIFE_S, Bearer, Tickets
from hub.transport.http.guest_cookie import GuestCookie
from hub.transport.http.login_cookies import LoginCookies
from hub.transport.http.models import (
    AgentView,
    Colleagues,
    Login,
    Me,
    SignedIn,
    SiteView,
    TicketIssued,
    TicketRequest,
)
from hub.transport.http.problems import answer, body
from hub.transport.rate import Bucket

ADDRESSES = 10_000


class Entrance(Protocol):
    @property
    def bearer(self) -> Bearer: ...
    @property
    def device_secret(self) -> str | None: ...


@frozen
class Site:
    """A site that embeds the widget; `admit(token, device_secret, origin, channel)` is its channels' word."""

    view: SiteView
    origins: frozenset[str]
    visitor: Callable[[str, str, str | None], Entrance]
    customer: Callable[[str, str, str, str | None], Entrance]


class Api:
    """`own` are the hub's own origins (console, widget frame, assist panel)."""

    def __init__(
        self,
        sites: dict[str, Site],
        own: frozenset[str],
        tickets: Tickets,
        accounts: Accounts,
        attendance: Attendance,
        presence: Presence,
        now_s: Callable[[], float],
        tickets_per_min: int,
        cookies: LoginCookies,
        guest_cookie: GuestCookie,
        guests: GuestBook,
    ) -> None:
        self._sites = sites
        self._own = own
        self._tickets = tickets
        self._accounts = accounts
        self._attendance = attendance
        self._presence = presence
        self._now_s = now_s
        self._per_min = tickets_per_min
        self._cookies = cookies
        self._guests = guests
        self._guest_cookie = guest_cookie
        self._buckets: dict[str, Bucket] = {}

    def routes(self) -> list[Route]:
        return [
            Route("/api/v1/tickets", self.issue, methods=["POST"]),
            Route("/api/v1/tickets", self.may_ask, methods=["OPTIONS"]),
            Route("/api/v1/login", self.login, methods=["POST"]),
            Route("/api/v1/logout", self.logout, methods=["POST"]),
            Route("/api/v1/me", self.me),
            Route("/api/v1/agents", self.agents),
            Route("/api/v1/sites/{site}", self.site),
        ]

    # --- tickets ------------------------------------------------------------------------------------------

    async def may_ask(self, request: Request) -> Response:
        """What a browser asks before a site's own page may send JSON here (CORS preflight)."""
        headers = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "content-type"}
        allowed = self._readable(request)
        return Response(status_code=204, headers={**allowed, **headers, "Access-Control-Max-Age": "600"})

    async def issue(self, request: Request) -> Response:
        """A ticket for one socket, bound to the origin that asked; a site's own page may read what became of it."""
        try:
            response = await self._issue(request)
        except OneThreadError as error:
            response = answer(error)
        response.headers.update(self._readable(request))
        return response

    def _readable(self, request: Request) -> dict[str, str]:
        """Pages that speak the protocol themselves read the answer; never with cookies, which are the console's."""
        origin = request.headers.get("origin", "")
        listed = any(origin in site.origins for site in self._sites.values())
        return {"Vary": "Origin"} | ({"Access-Control-Allow-Origin": origin} if listed else {})

    async def _issue(self, request: Request) -> Response:
        self._slow_down(network_of(address(request)))
        asked = await body(request, TicketRequest)
        origin = request.headers.get("origin", "")
        if asked.kind == "agent":
            bearer, secret = await self._agent(request, origin), None
        elif asked.kind == "guest":
            bearer, secret = await self._guest(request, asked, origin), None
        else:
            entrance = self._customer(asked, origin)
            bearer, secret = entrance.bearer, entrance.device_secret
        ticket = await self._tickets.issue(bearer)
        issued = TicketIssued(ticket=ticket, expires_in=LIFE_S, device_secret=secret)
        return _json(issued.model_dump(exclude_none=True), 201)

    def _slow_down(self, who: str) -> None:
        now = self._now_s()
        bucket = self._buckets.get(who)
        if bucket is None:
            if len(self._buckets) >= ADDRESSES:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[who] = Bucket(self._per_min, 60.0, now)
        wait_s = bucket.take(now)
        if wait_s:
            raise RateLimited(retry_after=wait_s)

    def _customer(self, asked: TicketRequest, origin: str) -> Entrance:
        site = self._sites.get(asked.site or "")
        if site is None:
            raise NotFound("no such site")
        # The widget's frame is the hub's own page, so its origin is ours; a site's own pages may connect as well.
        if origin and origin not in self._own and origin not in site.origins:
            raise Forbidden("this origin may not embed this site")
        channel = asked.channel if origin else "app"
        secret = asked.device_secret.get_secret_value() if asked.device_secret else None
        if asked.kind == "visitor":
            if not origin:
                raise Forbidden("visitors come from a page; an app signs its customers in with a token")
            return site.visitor(origin, channel, secret)
        if asked.token is None:
            raise BadRequest("token: the customer's token is missing")
        return site.customer(asked.token.get_secret_value(), origin, channel, secret)

    async def _agent(self, request: Request, origin: str) -> Bearer:
        self.same_origin(request)
        account, login = await self._accounts.signed_in(self._cookies.read(request))
        return Bearer(kind="agent", origin=origin, channel="console", agent=account.id, login=login)

    async def _guest(self, request: Request, asked: TicketRequest, origin: str) -> Bearer:
        """Raises LinkUnknown and its kind."""
        if origin not in self._own:
            raise Forbidden("guests come from the hub's own page")
        if asked.link is None:
            raise BadRequest("link: the link's secret is missing")
        guest = await self._guests.enter(asked.link.get_secret_value(), self._guest_cookie.read(request))
        return Bearer(kind="guest", origin=origin, channel="guest", guest=guest.id)

    # --- agents -------------------------------------------------------------------------------------------

    async def staff(self, request: Request) -> Account:
        """The agent whose login the request carries. Raises AuthFailed."""
        account, _ = await self._accounts.signed_in(self._cookies.read(request))
        return account

    def same_origin(self, request: Request) -> None:
        """The second lock: cookies are SameSite=Strict, or read for our own pages only."""
        origin = request.headers.get("origin")
        if origin is not None and origin not in self._own:
            raise Forbidden("not from this origin")

    async def login(self, request: Request) -> Response:
        self.same_origin(request)
        asked = await body(request, Login)
        account, cookie = await self._accounts.sign_in(asked.email, asked.password.get_secret_value(), address(request))
        response = _json(SignedIn(agent=await self._view(account)).model_dump())
        self._cookies.give(response, cookie, framed=asked.framed)
        return response

    async def logout(self, request: Request) -> Response:
        self.same_origin(request)
        await self._accounts.sign_out(self._cookies.read(request))
        response = Response(status_code=204, headers={"Cache-Control": "no-store"})
        self._cookies.take(response)
        return response

    async def me(self, request: Request) -> Response:
        """That nobody is signed in is an answer, not an error: every sign-in page asks, and browsers log errors."""
        try:
            account, _ = await self._accounts.signed_in(self._cookies.read(request))
        except AuthFailed:
            return _json(Me(agent=None).model_dump())
        return _json(Me(agent=await self._view(account)).model_dump())

    async def agents(self, request: Request) -> Response:
        await self._accounts.signed_in(self._cookies.read(request))
        colleagues = Colleagues.model_validate({"agents": await self._attendance.colleagues()})
        return _json(colleagues.model_dump())

    async def _view(self, account: Account) -> AgentView:
        return AgentView(
            id=account.id,
            name=account.name,
            email=account.email,
            role=account.role,
            status="away" if await self._presence.status(account.id) == "away" else "available",
            capacity=account.capacity,
            teams=account.teams,
            skills=account.skills,
        )

    # --- sites --------------------------------------------------------------------------------------------

    async def site(self, request: Request) -> Response:
        site = self._sites.get(request.path_params["site"])
        if site is None:
            raise NotFound("no such site")
        return _json(site.view.model_dump())


def address(request: Request) -> str:
    return request.client.host if request.client else ""


def _json(content: object, status: int = 200) -> JSONResponse:
    return JSONResponse(content, status, {"Cache-Control": "no-store"})
