"""Agents' login sessions, kept on the server's side."""

import secrets

from hub.store.client import Client
from hub.store.keys import Keys, hashed


class Logins:
    """Server-side login sessions. The cookie holds the secret; the store holds its hash."""

    def __init__(self, client: Client, keys: Keys, life_s: int) -> None:
        self._client = client
        self._keys = keys
        self.life_s = life_s

    def _key(self, login: str) -> str:
        return self._keys.everywhere(f"login:{login}")

    @staticmethod
    def name(cookie: str) -> str:
        """The public name of a login session (what tickets and revocations carry)."""
        return hashed(cookie)[:32]

    async def open(self, agent: str) -> str:
        """Returns the cookie's value."""
        cookie = secrets.token_urlsafe(32)
        login = self.name(cookie)
        await self._client.do("SET", self._key(login), agent, "EX", self.life_s)
        await self._client.do("SADD", self._keys.everywhere(f"logins:{agent}"), login)
        return cookie

    async def agent(self, cookie: str) -> str | None:
        found = await self._client.do("GET", self._key(self.name(cookie)))
        return found.decode() if found else None

    async def several(self, agent: str) -> bool:
        """Is the agent still signed in somewhere? Logins that ran out are forgotten on the way."""
        key = self._keys.everywhere(f"logins:{agent}")
        for raw in await self._client.do("SMEMBERS", key):
            if await self.alive(raw.decode()):
                return True
            await self._client.do("SREM", key, raw)
        return False

    async def alive(self, login: str) -> bool:
        return bool(await self._client.do("EXISTS", self._key(login)))

    async def gone(self, logins: list[str]) -> set[str]:
        """Those of `logins` that were ended or ran out."""
        alive = await self._client.several([("EXISTS", self._key(login)) for login in logins])
        return {login for login, there in zip(logins, alive, strict=True) if not there}

    async def end(self, login: str, agent: str) -> None:
        await self._client.do("DEL", self._key(login))
        await self._client.do("SREM", self._keys.everywhere(f"logins:{agent}"), login)

    async def end_all(self, agent: str) -> list[str]:
        """Ends every login of an agent (password change); returns the names of those that were alive."""
        key = self._keys.everywhere(f"logins:{agent}")
        logins = [raw.decode() for raw in await self._client.do("SMEMBERS", key)]
        ended = [login for login in logins if await self._client.do("DEL", self._key(login))]
        if logins:
            await self._client.do("SREM", key, *logins)  # not DEL: one may have been opened meanwhile
        return ended
