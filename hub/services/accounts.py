"""Agents' sign-in: argon2 in a thread, throttled by account and by address, sessions that can be revoked at once."""

import asyncio
import re
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.model.commands import GiveBack
from hub.model.errors import AuthFailed, BadRequest, ThrottledLogin
from hub.model.ids import derived
from hub.model.party import SYSTEM
from hub.services.conversations import Conversations
from hub.store.agents import Account, Agents
from hub.store.logins import Logins
from hub.store.places import Places
from hub.store.presence import Presence
from hub.store.throttle import Throttle, network_of
from hub.store.whispers import Whisper, Whispers

WINDOW_S = 900
PER_ACCOUNT = 10
PER_ADDRESS = 50
PASSWORD_CHARS = 8


class Accounts:
    def __init__(
        self,
        agents: Agents,
        logins: Logins,
        presence: Presence,
        places: Places,
        throttle: Throttle,
        whispers: Whispers,
        conversations: Conversations,
        now: Callable[[], int],
    ) -> None:
        self._agents = agents
        self._logins = logins
        self._presence = presence
        self._places = places
        self._throttle = throttle
        self._whispers = whispers
        self._conversations = conversations
        self._now = now
        self._hasher = PasswordHasher()
        # One hash takes half a second of a core and 64 MiB: more at once would starve the sockets.
        self._one_at_a_time = asyncio.Semaphore(1)
        self._nobody = ""

    async def sign_in(self, email: str, password: str, address: str) -> tuple[Account, str]:
        """(account, cookie). Raises ThrottledLogin (with retry_after), or AuthFailed without saying which was wrong."""
        await self._slow_down(f"address:{network_of(address)}", PER_ADDRESS)
        await self._slow_down(f"account:{email.lower()}", PER_ACCOUNT)
        account = await self._agents.by_email(email)
        # Somebody who guesses addresses must not learn from the time it takes.
        stored = account.password if account else await self._hash_of_nobody()
        if not await self._matches(stored, password) or account is None:
            raise AuthFailed("wrong e-mail address or password")
        await self._throttle.clear(f"account:{email.lower()}")
        return account, await self._open(account)

    async def _open(self, account: Account) -> str:
        """A login, unless the password was changed meanwhile: that ended all logins, and this one was not there yet."""
        cookie = await self._logins.open(account.id)
        now = await self._agents.get(account.id)
        if now is None or now.password != account.password:
            await self._logins.end(self._logins.name(cookie), account.id)
            raise AuthFailed("wrong e-mail address or password")
        return cookie

    async def _slow_down(self, name: str, most: int) -> None:
        count, left_s = await self._throttle.count(name, WINDOW_S)
        if count > most:
            raise ThrottledLogin(retry_after=left_s)

    async def _matches(self, stored: str, password: str) -> bool:
        async with self._one_at_a_time:
            try:
                return await asyncio.to_thread(self._hasher.verify, stored, password)
            except (VerificationError, InvalidHashError):
                return False

    async def _hash_of_nobody(self) -> str:
        self._nobody = self._nobody or await self.hashed("nobody has this password")
        return self._nobody

    async def hashed(self, password: str) -> str:
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def signed_in(self, cookie: str) -> tuple[Account, str]:
        """(account, login name). Raises AuthFailed."""
        agent = await self._logins.agent(cookie) if cookie else None
        account = await self._agents.get(agent) if agent else None
        if account is None:
            raise AuthFailed("not signed in")
        return account, self._logins.name(cookie)

    async def sign_out(self, cookie: str) -> None:
        """Ends the login and its sockets; what the agent held is given back, with that explanation.

        What they snoozed stays theirs until it wakes: they meant to be back by then.
        """
        account, login = await self.signed_in(cookie)
        await self._logins.end(login, account.id)
        await self._whispers.say(Whisper(kind="revoked", subject=login))
        await self._left(account.id)

    async def _left(self, agent: str) -> None:
        """Nothing, while a login of theirs remains: they are still signed in elsewhere."""
        if await self._logins.several(agent):
            return
        await self._presence.end(agent, self._now())
        for conversation in await self._places.members(f"agent:{agent}"):
            it = await self._conversations.newest(conversation)
            if it.desk.snoozed_until:
                continue
            id = derived("left", conversation, str(it.desk.tenure))
            await self._conversations.ask(conversation, GiveBack(agent, "agent_left"), SYSTEM, id)

    async def add(self, account: Account, password: str) -> Account:
        """Raises BadRequest: the password is too short, or the address is none, or taken."""
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", account.email):
            raise BadRequest("email: an agent signs in with an e-mail address")
        if len(password) < PASSWORD_CHARS:
            raise BadRequest(f"a password needs at least {PASSWORD_CHARS} characters")
        hashed = account.model_copy(update={"password": await self.hashed(password)})
        await self._agents.add(hashed)
        return hashed

    async def change_password(self, agent: str, password: str) -> None:
        """As `end_logins`. Raises BadRequest: there is no such agent, or as `add`."""
        account = await self._agents.get(agent)
        if account is None:
            raise BadRequest("no such agent")
        await self.add(account, password)
        await self.end_logins(agent)

    async def end_logins(self, agent: str) -> int:
        """Every login of the agent ends, and its sockets within a second; how many there were.

        Then they have left, as by `sign_out`: nobody is offered to them, and what they held is given back.
        """
        logins = await self._logins.end_all(agent)
        for login in logins:
            await self._whispers.say(Whisper(kind="revoked", subject=login))
        await self._left(agent)
        return len(logins)
