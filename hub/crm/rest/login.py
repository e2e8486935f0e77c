"""Signing in: a recipe of requests, or OAuth2. One sign-in serves all tasks and all processes, and is kept sealed."""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken

from hub.crm.rest.answers import Answer, SessionLost
from hub.crm.rest.auth import SessionNow, dressed_for_session, worded
from hub.crm.rest.format_auth import LoginAuth, OAuth2
from hub.crm.rest.format_requests import Answers
from hub.crm.rest.references import References, Session
from hub.crm.rest.requests import Prepared, Preparer
from hub.crm.rest.templates import Scope
from hub.model.errors import CrmRefused, CrmUnavailable, NotFound

if TYPE_CHECKING:
    from hub.crm.rest.client import Client

LEEWAY_MS = 60_000  # a token is renewed so long before its end
LEASE_MS = 20_000  # a process that signs in is waited for so long
EACH_S = 0.1
OPERATION = "sign-in"


class Login:
    """An Auth. `clock` gives epoch ms; `connection` names whose session it is among all that are kept."""

    def __init__(
        self,
        kind: LoginAuth | OAuth2,
        connection: str,
        preparer: Preparer,
        scope: Scope,
        references: References,
        clock: Callable[[], int],
    ) -> None:
        self._kind = kind
        self._connection = connection
        self._preparer = preparer
        self._scope = scope
        self._references = references
        self._clock = clock
        self._seal = Fernet(_key(connection, scope.secrets))
        self._lock = asyncio.Lock()
        self._now: SessionNow | None = None
        self._until = 0

    def dressed(self, request: Prepared, scope: Scope) -> Prepared:
        return dressed_for_session(self._kind, request, scope)

    async def session(self, client: "Client") -> SessionNow:
        if self._now is not None and self._clock() < self._until:
            return self._now
        async with self._lock:
            if self._now is not None and self._clock() < self._until:
                return self._now
            return await self._another(client, self._now.version if self._now else 0)

    async def renewed(self, client: "Client", lost: SessionNow) -> SessionNow:
        async with self._lock:
            if self._now is not None and self._now.version != lost.version:
                return self._now  # who waited for the lock with us has done it
            return await self._another(client, lost.version)

    async def _another(self, client: "Client", version: int) -> SessionNow:
        """A session newer than `version`: another process's, or one that we sign in for."""
        me, give_up = secrets.token_hex(8), self._clock() + LEASE_MS
        while (newer := await self._kept(version)) is None:
            if await self._references.lease_session(self._connection, me, self._clock(), LEASE_MS):
                return await self._leased(client, me, version)
            if self._clock() > give_up:
                raise CrmUnavailable(f"{OPERATION}: another process has been at it for too long")
            await asyncio.sleep(EACH_S)
        return newer

    async def _leased(self, client: "Client", me: str, version: int) -> SessionNow:
        """Nobody else signs in meanwhile. Who did so between our look and our lease has left a newer one."""
        try:
            if (newer := await self._kept(version)) is not None:
                return newer
            before = self._opened(await self._references.session(self._connection))
            found, until = await self._signed_in(client, before or {})
            sealed = self._seal.encrypt(json.dumps(found).encode()).decode()
            return self._use(found, await self._references.keep_session(self._connection, me, sealed, until), until)
        except (NotFound, CrmRefused) as problem:
            # It is the connection's trouble and no write's: a new token in the settings, and all of them go through.
            # Nor is it tried again at once: some CRMs lock an account after a few wrong passwords.
            raise SessionLost(problem.detail) from None
        finally:
            await self._references.free_session(self._connection, me)

    async def _kept(self, version: int) -> SessionNow | None:
        """What another process, or we before a restart, signed in for, if it is newer than `version`."""
        kept = await self._references.session(self._connection)
        names = self._opened(kept)
        if kept is None or names is None or kept.version <= version or kept.until <= self._clock():
            return None
        return self._use(names, kept.version, kept.until)

    def _use(self, names: dict[str, Any], version: int, until: int) -> SessionNow:
        self._now, self._until = SessionNow(names, version), until
        return self._now

    def _opened(self, kept: Session | None) -> dict[str, Any] | None:
        """None for one that was sealed with other secrets: they were changed since."""
        if kept is None or not kept.sealed:
            return None
        try:
            names: dict[str, Any] = json.loads(self._seal.decrypt(kept.sealed.encode()))
        except InvalidToken:
            return None
        return names

    async def _signed_in(self, client: "Client", before: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """What is taken of the sign-in, and until when (epoch ms) it is good."""
        if isinstance(self._kind, LoginAuth):
            return await self._by_recipe(client, self._kind), self._clock() + int(self._kind.lasts_s * 1000)
        return await self._by_oauth(client, self._kind, before)

    async def _by_recipe(self, client: "Client", kind: LoginAuth) -> dict[str, Any]:
        taken: dict[str, Any] = {}
        for step in kind.steps:
            scope = self._scope.having(**taken, session=taken)
            if step.when is not None and not step.when.holds(scope.names, scope.functions):
                continue
            request = self._preparer.prepare(step.request, scope)
            answer = await client.exchange(OPERATION, request, step.answers, {})
            for name, rule in step.take.items():
                taken[name] = _taken(rule.on(answer.body, {**scope.functions, **answer.names}), name, answer)
        return taken

    async def _by_oauth(self, client: "Client", kind: OAuth2, before: dict[str, Any]) -> tuple[dict[str, Any], int]:
        """A refresh token that the server replaced is used from then on; one of the settings, if that fails."""
        first = worded(kind.refresh_token, self._scope)
        tokens = [one for one in dict.fromkeys((before.get("refresh"), first)) if one]
        if kind.grant != "refresh_token":
            tokens = [""]
        for nth, refresh in enumerate(tokens):
            try:
                answer = await client.exchange(OPERATION, self._token_request(kind, refresh), Answers(), {})
            except CrmRefused:
                if nth == len(tokens) - 1:
                    raise
            else:
                return self._token(answer, refresh)
        raise CrmRefused(f"{OPERATION}: auth.refresh_token is blank")

    def _token_request(self, kind: OAuth2, refresh: str) -> Prepared:
        scope = self._scope
        form = {"grant_type": kind.grant, "scope": kind.scope, **kind.extra}
        if kind.grant == "refresh_token":
            form["refresh_token"] = refresh
        if kind.grant == "password":
            form |= {"username": worded(kind.login, scope), "password": worded(kind.password, scope)}
        client_id, secret = worded(kind.client_id, scope), worded(kind.client_secret, scope)
        headers = {"accept": "application/json", "content-type": "application/x-www-form-urlencoded"}
        if kind.client_auth == "client_secret_basic":
            headers["authorization"] = "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        else:
            form |= {"client_id": client_id, "client_secret": secret}
        fields = [(name, value) for name, value in form.items() if value]
        return Prepared("POST", self._preparer.url(kind.token_url, scope), [], headers, fields, None)

    def _token(self, answer: Answer, refresh: str) -> tuple[dict[str, Any], int]:
        body = answer.body if isinstance(answer.body, dict) else {}
        token = body.get("access_token")
        if not token:
            raise CrmUnavailable(f"{OPERATION}: the answer has no access_token")
        lasts = int(float(body.get("expires_in") or 3600) * 1000)
        until = self._clock() + max(lasts - LEEWAY_MS, lasts // 2)
        return {"token": str(token), "refresh": body.get("refresh_token") or refresh}, until


def _taken(value: Any, name: str, answer: Answer) -> Any:
    if value is None:
        raise CrmUnavailable(f"{OPERATION}: the answer (HTTP {answer.status}) has no {name}")
    return value


def _key(connection: str, known: Any) -> bytes:
    """From the connection's secrets: who changes them ends what was signed in for with the old ones."""
    words = "\0".join([connection, *(f"{name}={known[name]}" for name in sorted(known))])
    return base64.urlsafe_b64encode(hashlib.sha256(b"onethread.crm.session\0" + words.encode()).digest())
