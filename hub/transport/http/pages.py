"""The pages and their Content-Security-Policy: nothing inline, nothing from elsewhere, Trusted Types on."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hub.transport.http.guest_cookie import GuestCookie
from hub.transport.http.static import Static

COMMON = {
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def policy(*, frame_ancestors: str = "'none'", frame_src: str = "'none'") -> str:
    """`'self'` in connect-src covers the page's own wss:."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "media-src 'self'",
            "manifest-src 'self'",
            f"frame-src {frame_src}",
            f"frame-ancestors {frame_ancestors}",
            "base-uri 'none'",
            "form-action 'self'",
            "require-trusted-types-for 'script'",
            "trusted-types lit-html onethread",
        ]
    )


class Pages:
    """`embedders` gives the origins that may frame the widget, by site; `assist` those that may frame the panel."""

    def __init__(
        self,
        static: Static,
        embedders: dict[str, frozenset[str]],
        assist: frozenset[str],
        guest_cookie: GuestCookie,
        *,
        demo: bool,
    ) -> None:
        self._static = static
        self._embedders = embedders
        self._assist = sorted(assist) + (["'self'"] if demo else [])
        self._guest_cookie = guest_cookie
        self._demo = demo

    def routes(self) -> list[Route]:
        pages = [
            Route("/console", self.console),
            Route("/console/{rest:path}", self.console),
            Route("/assist", self.assist),
            Route("/assist.js", self.element),
            Route("/guest", self.guest),
            Route("/widget.js", self.loader),
            Route("/widget/frame", self.frame),
            Route("/static/{path:path}", self.asset),
            Route("/favicon.ico", self.icon),
        ]
        shop = [Route("/", self.shop), Route("/app", self.app), Route("/crm", self.crm)]
        return pages + (shop if self._demo else [Route("/", self.home)])

    async def home(self, _: Request) -> Response:
        return RedirectResponse("/console")

    async def console(self, request: Request) -> Response:
        return self._page(request, "console/index.html", policy())

    async def frame(self, request: Request) -> Response:
        site = request.query_params.get("site", "")
        ancestors = " ".join(["'self'", *sorted(self._embedders.get(site, ()))])
        return self._page(request, "widget/frame.html", policy(frame_ancestors=ancestors))

    async def shop(self, request: Request) -> Response:
        return self._page(request, "demo/shop.html", policy(frame_src="'self'"))

    async def app(self, request: Request) -> Response:
        return self._page(request, "demo/app.html", policy())

    async def crm(self, request: Request) -> Response:
        return self._page(request, "demo/crm.html", policy(frame_src="'self'"))

    async def assist(self, request: Request) -> Response:
        ancestors = " ".join(self._assist) or "'none'"
        return self._page(request, "assist/index.html", policy(frame_ancestors=ancestors))

    async def guest(self, request: Request) -> Response:
        """Where a link into a call leads. Its secret stands behind the #, which no browser sends anywhere."""
        response = self._page(request, "guest/index.html", policy())
        response.headers["Cache-Control"] = "no-store"  # the cookie is this browser's alone
        self._guest_cookie.give(request, response)
        return response

    async def loader(self, request: Request) -> Response:
        return self._for_others(request, "widget/loader.js")

    async def element(self, request: Request) -> Response:
        return self._for_others(request, "assist/element.js")

    def _for_others(self, request: Request, path: str) -> Response:
        # Loaded by other sites' pages: they may, and it holds nothing secret.
        headers = {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=300"}
        return self._static.respond(request, path, headers)

    async def icon(self, request: Request) -> Response:
        return self._static.respond(request, "console/icon.svg", {})

    async def asset(self, request: Request) -> Response:
        # A document opened by itself from here (an SVG, say) may do nothing at all.
        return self._static.respond(
            request, request.path_params["path"], {"Content-Security-Policy": "default-src 'none'; sandbox"}
        )

    def _page(self, request: Request, path: str, csp: str) -> Response:
        return self._static.respond(request, path, COMMON | {"Content-Security-Policy": csp})
