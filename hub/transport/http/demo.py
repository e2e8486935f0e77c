"""The demo shop's own back end: its catalogue, its sample customers, and the tokens it signs for them."""

import time
from collections.abc import Callable
from typing import Any

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hub.model.errors import NotFound
from hub.transport.http.models import DemoCustomer

LIFE_S = 900


class Demo:
    """`claims` are the token's claims of each sample customer, by key."""

    def __init__(
        self,
        customers: list[DemoCustomer],
        claims: dict[str, dict[str, Any]],
        catalogue: list[dict[str, Any]],
        logins: list[dict[str, str]],
        sign: Callable[[dict[str, Any]], str],
    ) -> None:
        self._customers = customers
        self._claims = claims
        self._catalogue = catalogue
        self._logins = logins
        self._sign = sign

    def routes(self) -> list[Route]:
        return [
            Route("/demo/customers", self.customers),
            Route("/demo/token", self.token),
            Route("/demo/catalogue", self.products),
            Route("/demo/logins", self.logins),
        ]

    async def customers(self, _: Request) -> Response:
        return JSONResponse([c.model_dump() for c in self._customers])

    async def products(self, _: Request) -> Response:
        return JSONResponse(self._catalogue)

    async def logins(self, _: Request) -> Response:
        return JSONResponse(self._logins)

    async def token(self, request: Request) -> Response:
        """What a real shop would do for the customer of its own session."""
        claims = self._claims.get(request.query_params.get("customer", ""))
        if claims is None:
            raise NotFound("no such sample customer")
        return PlainTextResponse(self._sign(claims), headers={"Cache-Control": "no-store"})


def signer(site: str, kid: str, secret: str) -> Callable[[dict[str, Any]], str]:
    """Signs claims as a site's backend does (README: how to embed)."""

    def sign(claims: dict[str, Any]) -> str:
        body = {**claims, "aud": site, "exp": int(time.time()) + LIFE_S}
        return jwt.encode(body, secret, algorithm="HS256", headers={"kid": kid})

    return sign
