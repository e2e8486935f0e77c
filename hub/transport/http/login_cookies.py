"""The cookies of an agent's login: for our own pages, and for the assist panel inside another site's page."""

from starlette.requests import Request
from starlette.responses import Response


class LoginCookies:
    """`own` are the hub's own origins; `secure` = served over https; `life_s` is the login's life.

    Our own pages have a SameSite=Strict cookie, which a browser never sends from a frame inside another site's page.
    The panel there gets a second one, partitioned (CHIPS): it exists only beneath the site that embeds the panel, and
    needs no third-party cookies. It is SameSite=None, so it comes along with whatever a page beneath that site asks of
    us: it counts only for requests that our own pages made, by what the browser itself says of them.
    """

    def __init__(self, own: frozenset[str], life_s: int, *, secure: bool) -> None:
        self._own = own
        self._life_s = life_s
        self._secure = secure
        self._name = "__Host-onethread" if secure else "onethread"
        self._framed = f"{self._name}-assist"

    def read(self, request: Request) -> str:
        """The login's secret; "" when nobody is signed in."""
        strict = request.cookies.get(self._name, "")
        return strict or (request.cookies.get(self._framed, "") if self._ours(request) else "")

    def _ours(self, request: Request) -> bool:
        """Neither header can be set by a page. A GET of our own says where it comes from by Sec-Fetch-Site alone."""
        origin = request.headers.get("origin")
        return origin in self._own if origin else request.headers.get("sec-fetch-site") == "same-origin"

    def give(self, response: Response, secret: str, *, framed: bool) -> None:
        """Both to a panel: within one site the strict one does, also where it is served without TLS."""
        self._set(response, secret, self._life_s)
        if framed:
            self._set_framed(response, secret, self._life_s)

    def take(self, response: Response) -> None:
        self._set(response, "", 0)
        self._set_framed(response, "", 0)

    def _set(self, response: Response, secret: str, life_s: int) -> None:
        response.set_cookie(
            self._name, secret, max_age=life_s, httponly=True, samesite="strict", secure=self._secure, path="/"
        )

    def _set_framed(self, response: Response, secret: str, life_s: int) -> None:
        # By hand: http.cookies knows Partitioned from Python 3.14 on. Browsers take it over https, and from localhost.
        value = f"{self._framed}={secret}; HttpOnly; Max-Age={life_s}; Path=/; SameSite=None; Secure; Partitioned"
        response.headers.append("set-cookie", value)
