"""How each request proves who asks: a fixed key, or a session that is signed in for and kept until it is lost."""

import base64
from typing import TYPE_CHECKING, Any, Protocol

from hub.crm.rest.format_auth import BasicAuth, HeaderAuth, LoginAuth, NoAuth, OAuth2, QueryAuth
from hub.crm.rest.requests import Prepared, headers, pairs
from hub.crm.rest.templates import Scope, Text
from hub.model.errors import CrmUnavailable
from hub.model.frozen import frozen

if TYPE_CHECKING:
    from hub.crm.rest.client import Client


@frozen
class SessionNow:
    """What a sign-in gave: `names` are known to templates as `session.NAME`; `version` rises with each sign-in."""

    names: dict[str, Any]
    version: int = 0


class Auth(Protocol):
    """`session` and `renewed` may ask the CRM by `client.exchange`; they raise CrmUnavailable, CrmRefused."""

    async def session(self, client: "Client") -> SessionNow: ...

    async def renewed(self, client: "Client", lost: SessionNow) -> SessionNow:
        """Another one than `lost`, which the CRM does not know any more. However many ask: one sign-in."""
        ...

    def dressed(self, request: Prepared, scope: Scope) -> Prepared:
        """`request` with what proves who asks."""
        ...


class Fixed:
    """A key that never changes: nothing to sign in for."""

    def __init__(self, kind: NoAuth | HeaderAuth | BasicAuth | QueryAuth) -> None:
        self._kind = kind

    async def session(self, client: "Client") -> SessionNow:
        return SessionNow({})

    async def renewed(self, client: "Client", lost: SessionNow) -> SessionNow:
        raise CrmUnavailable("the CRM does not accept the hub's key or password")

    def dressed(self, request: Prepared, scope: Scope) -> Prepared:
        match self._kind:
            case HeaderAuth(header=name, value=value):
                return with_headers(request, {name: value.header(about(request, scope))})
            case BasicAuth(login=login, password=password):
                pair = f"{worded(login, scope)}:{worded(password, scope)}"
                return with_headers(request, {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()})
            case QueryAuth(parameter=name, value=value):
                return with_query(request, [(name, worded(value, scope))])
            case _:
                return request


def dressed_for_session(kind: LoginAuth | OAuth2, request: Prepared, scope: Scope) -> Prepared:
    if isinstance(kind, OAuth2):
        return with_headers(request, {kind.header: f"{kind.prefix} {scope.names['session'].get('token', '')}".strip()})
    scope = about(request, scope)
    request = with_headers(request, headers(kind.headers, scope))
    if request.form is not None and kind.form:
        return Prepared(
            request.method, request.url, request.query, request.headers, request.form + pairs(kind.form, scope), None
        )
    return with_query(request, pairs(kind.query, scope))


def about(request: Prepared, scope: Scope) -> Scope:
    """For signatures over the request itself: `request.method`, `request.path`, `request.body`."""
    path = "/" + request.url.partition("://")[2].partition("/")[2].partition("?")[0]
    body = (request.content or b"").decode(errors="replace")
    return scope.having(request={"method": request.method, "path": path, "url": request.url, "body": body})


def with_headers(request: Prepared, more: dict[str, str]) -> Prepared:
    lower = {name.lower(): value for name, value in more.items()}
    return Prepared(
        request.method, request.url, request.query, {**request.headers, **lower}, request.form, request.body
    )


def with_query(request: Prepared, more: list[tuple[str, str]]) -> Prepared:
    return Prepared(request.method, request.url, request.query + more, request.headers, request.form, request.body)


def worded(template: Text, scope: Scope) -> str:
    return str(template.header(scope))
