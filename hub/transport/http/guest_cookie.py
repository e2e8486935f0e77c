"""The secret by which a guest's browser is known again: it is there before any link is opened, so a lost answer locks
nobody out of their own link.
"""

import secrets

from starlette.requests import Request
from starlette.responses import Response

LIFE_S = 24 * 3_600


class GuestCookie:
    """`secure` = served over https. Lax: a link is clicked in a mail or a chat, which is another site."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._name = "__Host-onethread-guest" if secure else "onethread-guest"

    def read(self, request: Request) -> str:
        return request.cookies.get(self._name, "")[:200]

    def give(self, request: Request, response: Response) -> None:
        """A new one only to a browser that has none: several links may be open in it."""
        secret = self.read(request) or secrets.token_urlsafe(32)
        response.set_cookie(
            self._name, secret, max_age=LIFE_S, httponly=True, samesite="lax", secure=self._secure, path="/"
        )
