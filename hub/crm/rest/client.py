"""The one HTTP client of a connection: paced, capped, retried where that is safe, left alone when it keeps failing."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Literal

import anyio
import httpx
import stamina
from aiolimiter import AsyncLimiter
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from hub.crm.rest.answers import Answer, Busy, Judge, SessionLost, Unsent
from hub.crm.rest.auth import Auth
from hub.crm.rest.escapes import CantCarry
from hub.crm.rest.expressions import ExpressionFailed
from hub.crm.rest.format import Limits
from hub.crm.rest.format_requests import Answers, Request
from hub.crm.rest.requests import Prepared, Preparer
from hub.crm.rest.templates import Scope
from hub.model.errors import BadRequest, CrmUnavailable

PATIENCE_S = 2.0  # a Retry-After up to this is waited for; a longer one is the caller's
SLOW_S = 1.0  # a request given up later than this counts as a failure of the CRM
# An answer that was given up in the middle leaves generators of httpx's behind; the loop closes them, and the sockets
# under them, in tasks of its own, which need a few turns.
LEFT_TURNS = 5
Breaker = Literal["closed", "open", "half_open"]


class Client:
    """Sends what templates make, and judges what comes back. `http` is closed with it."""

    def __init__(self, http: httpx.AsyncClient, preparer: Preparer, auth: Auth, judge: Judge, limits: Limits) -> None:
        self._http = http
        self._preparer = preparer
        self._auth = auth
        self._judge = judge
        self._limits = limits
        rate = (limits.per_s, 1.0) if limits.per_s >= 1 else (1.0, 1 / limits.per_s)
        self._pace = AsyncLimiter(*rate)
        self._places = asyncio.Semaphore(limits.at_once)
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=limits.failures, default_ttl=limits.pause_s, exclude=[(BaseException, _no_failure)]
        )
        self._not_before = 0.0  # monotonic s: the CRM asked us to wait until then
        self.breaker: Breaker = "closed"

    @property
    def base_url(self) -> str:
        return self._preparer.base_url

    async def session_names(self) -> dict[str, Any]:
        """What signing in gave; who is not signed in yet does so. Raises CrmUnavailable, CrmRefused."""
        return (await self._auth.session(self)).names

    async def close(self) -> None:
        await self._http.aclose()
        for _ in range(LEFT_TURNS):
            await asyncio.sleep(0)

    async def read(
        self, operation: str, request: Request, scope: Scope, answers: Answers, url: str | None = None
    ) -> Answer:
        """Ask for something; again when that may help, within the file's `tries`. `url`: there, instead of the path
        and query of `request` (the next page).

        Raises NotFound, CrmRefused, CrmUnavailable, CantCarry (a value that the request can't carry).
        """
        async for attempt in stamina.retry_context(
            on=_again, attempts=self._limits.tries, timeout=None, wait_initial=0.1, wait_max=2.0, wait_jitter=0.1
        ):
            with attempt:
                return await self._signed_in(operation, request, scope, answers, url)
        raise CrmUnavailable(operation)  # not reached: the context raises what the last attempt did

    async def write(self, operation: str, request: Request, scope: Scope, answers: Answers) -> Answer:
        """Change something. It is never sent twice here, unless the CRM turned the first one away unread.

        Raises as `read` does; Unsent = nothing was written, CrmUnavailable otherwise = nobody knows.
        """
        try:
            return await self._signed_in(operation, request, scope, answers)
        except CantCarry as problem:
            raise BadRequest(f"{operation}: {problem}") from None

    async def _signed_in(
        self, operation: str, request: Request, scope: Scope, answers: Answers, url: str | None = None
    ) -> Answer:
        session = await self._auth.session(self)
        try:
            return await self._once(operation, request, scope.having(session=session.names), answers, url)
        except SessionLost:
            session = await self._auth.renewed(self, session)
            return await self._once(operation, request, scope.having(session=session.names), answers, url)

    async def _once(self, operation: str, request: Request, scope: Scope, answers: Answers, url: str | None) -> Answer:
        try:
            made = self._preparer.prepare(request, scope)
            if url is not None:
                made = Prepared(made.method, url, [], made.headers, made.form, made.body)
            prepared = self._auth.dressed(made, scope)
        except ExpressionFailed as problem:
            raise BadRequest(f"{operation}: {problem}") from None
        return await self.exchange(operation, prepared, answers, scope.names)

    async def exchange(self, operation: str, request: Prepared, answers: Answers, sent: Mapping[str, Any]) -> Answer:
        """One request as it is, its answer judged."""
        await self._turn(operation)
        breaker = await self._breakers.get_breaker("crm")
        try:
            async with self._places, breaker:
                answer = await self._sent(operation, request)
                self._judge.judge(operation, answer, answers, sent)
                return answer
        except OpenedState as problem:
            left = max(0.0, (problem.opened_at or 0.0) + self._limits.pause_s - time.time())
            raise Unsent(f"{operation}: left alone after {self._limits.failures} failures", retry_after=left) from None
        except Busy as problem:
            self._not_before = time.monotonic() + min(problem.retry_after or 1.0, 300.0)
            raise
        finally:
            state = breaker.context.state
            self.breaker = "closed" if state == "closed" else "open" if state == "opened" else "half_open"

    async def _turn(self, operation: str) -> None:
        """The file's pace, and what the CRM asked for by Retry-After."""
        wait = self._not_before - time.monotonic()
        if wait > PATIENCE_S:
            raise Busy(f"{operation}: the CRM asked to wait", retry_after=wait)
        if wait > 0:
            await asyncio.sleep(wait)
        await self._pace.acquire()

    async def _sent(self, operation: str, request: Prepared) -> Answer:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._limits.timeout_s):
                return await self._apart(operation, request)
        except TimeoutError:
            raise CrmUnavailable(f"{operation}: no answer within {self._limits.timeout_s:g} s") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise Unsent(f"{operation}: the CRM can't be reached") from None
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise CrmUnavailable(f"{operation}: the connection broke ({type(problem).__name__})") from None
        except asyncio.CancelledError as gone:
            gone.slow = time.monotonic() - began >= SLOW_S  # type: ignore[attr-defined]
            raise

    async def _apart(self, operation: str, it: Prepared) -> Answer:
        """`_streamed` in a task that anyio cancels when this one is cancelled.

        httpx closes what its pool has given up behind anyio's shield, which a plain cancel() passes: of several dead
        connections, those after the first would stay open.
        """
        told: list[Answer | Exception] = []

        async def stream() -> None:
            try:
                told.append(await self._streamed(operation, it))
            except Exception as problem:  # kept from the group, where it would take the place of a cancellation
                told.append(problem)

        async with anyio.create_task_group() as group:
            group.start_soon(stream)
        if isinstance(told[0], Exception):
            raise told[0]
        return told[0]

    async def _streamed(self, operation: str, it: Prepared) -> Answer:
        most = self._limits.answer_kib << 10
        content = bytearray()
        headers = [(name.encode(), value.encode()) for name, value in it.headers.items()]
        async with self._http.stream(
            it.method, it.url, params=tuple(it.query) or None, headers=headers, content=it.content
        ) as answer:
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > most:
                    raise CrmUnavailable(f"{operation}: the answer is larger than {self._limits.answer_kib} KiB")
            return Answer.read(answer.status_code, answer.headers, bytes(content), answer.charset_encoding)


def _no_failure(problem: BaseException) -> bool:
    """Does this say nothing against the CRM? A 4xx is an answer; a caller who left soon has learnt nothing."""
    if isinstance(problem, asyncio.CancelledError):
        return not getattr(problem, "slow", False)
    return isinstance(problem, Busy | SessionLost) or not isinstance(problem, CrmUnavailable)


def _again(problem: Exception) -> bool | float:
    """Whether a look-up is tried again, or after how many seconds."""
    if not isinstance(problem, CrmUnavailable) or isinstance(problem, SessionLost):
        return False
    if problem.retry_after is not None:
        return problem.retry_after if problem.retry_after <= PATIENCE_S else False
    return True
