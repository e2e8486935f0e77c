"""Writes, each once: whatever dies in between, the same marker never has a second effect.

A row in the references is made before the request leaves. Who finds one of which nobody knows what became looks for
the mark in the CRM first, and writes only what is not there.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from hub.crm.rest.answers import Answer, Exists, Unsent
from hub.crm.rest.customers import Customers, Seen
from hub.crm.rest.drift import problem_of
from hub.crm.rest.escapes import CantCarry
from hub.crm.rest.expressions import ExpressionFailed
from hub.crm.rest.format import Create, Find
from hub.crm.rest.marks import bears, mark
from hub.crm.rest.names import Names
from hub.crm.rest.pages import Item, listed
from hub.crm.rest.readings import Readings
from hub.crm.rest.references import Begun, Key
from hub.crm.rest.templates import Scope
from hub.crm.rest.values import BadValue, decoded, text
from hub.crm.rest.wiring import Wiring
from hub.model.errors import BadRequest, CrmLacks, CrmRefused, CrmUnavailable, NotFound
from hub.model.frozen import frozen
from hub.model.party import Value

V = TypeVar("V", bound=Value)
WRITE_S = 35.0  # shorter than the references' lease, so that nobody takes over a write that goes on


@frozen
class Made:
    """What a create left in the CRM: its id there, and its record, as far as an answer told."""

    id: str
    raw: Any


@frozen
class Turn:
    """One try of one write."""

    key: Key
    owner: str
    begun: Begun


class Writes:
    """`sent` counts what was really sent, by operation: `crm check` looks whether a write was sent a second time."""

    def __init__(self, wiring: Wiring, customers: Customers, readings: Readings, names: Names) -> None:
        self._wiring = wiring
        self._customers = customers
        self._readings = readings
        self._names = names
        self.sent: Counter[str] = Counter()
        # A lock lives as long as somebody has it or waits for it.
        self._turns: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def once(
        self, operation: str, marker: str, on: str, kind: type[V], write: Callable[[Turn], Awaitable[V]]
    ) -> V:
        """What `write` gave the first time. Raises BadRequest without a marker, CrmUnavailable, CrmRefused ..."""
        if not marker.strip():
            raise BadRequest("marker: a write to the CRM needs one")
        key = Key(self._wiring.name, operation, marker)
        async with self._alone(key):
            owner = secrets.token_hex(8)
            begun = await self._wiring.references.begin(key, on, owner, self._wiring.clock())
            if begun.state == "sent":
                if not begun.result:
                    raise NotFound("what was written was erased with its customer")
                return kind.model_validate_json(begun.result)
            return await self._tried(Turn(key, owner, begun), write)

    async def _tried(self, turn: Turn, write: Callable[[Turn], Awaitable[V]]) -> V:
        references = self._wiring.references
        try:
            async with asyncio.timeout(WRITE_S):
                result = await write(turn)
        except TimeoutError:
            await references.let_go(turn.key, turn.owner, written=True)
            raise CrmUnavailable(f"{turn.key.operation}: not done within {WRITE_S:g} s") from None
        except BaseException as problem:
            doubtful = turn.begun.state != "new" or not _unwritten(problem)
            # Shielded: who is cancelled here must still leave word that nobody knows.
            await asyncio.shield(references.let_go(turn.key, turn.owner, written=doubtful))
            raise
        source_id = str(getattr(result, "source_id", ""))
        await references.sent(turn.key, turn.owner, source_id, result.model_dump_json())
        return result

    @asynccontextmanager
    async def _alone(self, key: Key) -> AsyncIterator[None]:
        """In this process one after the other: who comes second is given the first's result."""
        lock = self._turns.setdefault(key, asyncio.Lock())
        async with lock:
            yield

    # --- creating -------------------------------------------------------------------------------------------

    async def create(self, turn: Turn, ways: Sequence[Create], scope: Scope, seen: Seen | None) -> Made:
        """Write it, unless it is there already. A customer whose id went stale is found again, once."""
        scope = scope.having(mark=mark(turn.key.marker), marker=turn.key.marker)
        try:
            return await self._created(turn, ways, _of(scope, seen), seen)
        except CantCarry as problem:
            raise BadRequest(f"{turn.key.operation}: {problem}") from None
        except NotFound:
            if seen is None:
                raise
            external_id = seen.customer.external_id
            self._customers.stale(external_id)
            again = await self._customers.of(external_id, anew=True)
            if again.customer.source_id == seen.customer.source_id and again.refs == seen.refs:
                raise CrmRefused(f"{turn.key.operation}: the CRM does not find what this belongs to") from None
            return await self._created(turn, ways, _of(scope, again), again)

    async def _created(self, turn: Turn, ways: Sequence[Create], scope: Scope, seen: Seen | None) -> Made:
        operation = turn.key.operation
        way = _way(operation, ways, scope)
        scope = await self._names.resolved(way.resolve, scope)
        scope = await self._wiring.taken(operation, way.before, scope)
        made = await self._already(turn, way, scope, seen) or await self._sent(turn, way, scope, seen)
        if way.then:
            below = scope.having(made={"id": made.id, "record": made.raw})
            await self._wiring.taken(operation, way.then, below, writing=True)
        return made

    async def _already(self, turn: Turn, way: Create, scope: Scope, seen: Seen | None) -> Made | None:
        """What an earlier try left behind. Raises CrmRefused when nobody can know, CrmUnavailable too soon for it."""
        if turn.begun.state == "new" or way.repeat == "safe":
            return None
        if turn.begun.state == "made":
            found = await self.find(turn.key.operation, way, way.find, scope, seen) if way.find else None
            return found or Made(turn.begun.remote_id, None)
        if way.repeat == "never" or way.find is None:
            raise CrmRefused(f"{turn.key.operation}: it may have been written, and can't be looked for: see in the CRM")
        wait = way.find.lag_s - (self._wiring.clock() - turn.begun.at) / 1000
        if wait > 0:
            raise CrmUnavailable(f"{turn.key.operation}: the CRM's search lags", retry_after=wait)
        return await self.find(turn.key.operation, way, way.find, scope, seen)

    async def _sent(self, turn: Turn, way: Create, scope: Scope, seen: Seen | None) -> Made:
        operation = turn.key.operation
        await self._wiring.references.sending(turn.key, turn.owner, self._wiring.clock())
        self.sent[operation] += 1
        try:
            answer = await self._wiring.client.write(operation, way.request, scope, way.answers)
        except Exists as problem:
            found = await self.find(operation, way, way.find, scope, seen) if way.find else None
            return found or self._others(operation, way, problem, scope)
        made = self._made(operation, way, answer, scope)
        await self._wiring.references.made(turn.key, turn.owner, made.id)  # from here on it is never written again
        if not made.id and way.find is not None:
            made = await self.find(operation, way, way.find, scope, seen) or made
        return made

    def _others(self, operation: str, way: Create, problem: Exists, scope: Scope) -> Made:
        """What is there already and does not bear our mark stands for it, where the file says so."""
        if way.existing is None:
            raise self._there_but_hidden(way, problem) from None
        try:
            return Made(text(way.existing.on(problem.answer.body, {**scope.functions, **problem.answer.names})), None)
        except (ExpressionFailed, BadValue) as wrong:
            self._wiring.findings.drift(operation, "existing", problem_of(wrong))
            raise problem from None

    def _there_but_hidden(self, way: Create, problem: Exists) -> CrmUnavailable | CrmRefused:
        """The CRM says it is there, and its search does not show it: later it may, if the search is known to lag."""
        if way.find and way.find.lag_s:
            return CrmUnavailable(problem.detail, retry_after=way.find.lag_s)
        return CrmRefused(problem.detail)

    def _made(self, operation: str, way: Create, answer: Answer, scope: Scope) -> Made:
        names = {**scope.functions, **answer.names, "asked": scope.names}
        try:
            body = decoded(answer.body, self._wiring.mapping.types)
            raw = way.item.on(body, names)
            raw = raw[0] if isinstance(raw, list) and raw else raw
            return Made(text(way.id.on(raw if raw is not None else body, names)) if way.id else "", raw)
        except (ExpressionFailed, BadValue) as problem:
            self._wiring.findings.drift(operation, "id", problem_of(problem))
            return Made("", None)

    async def found(self, turn: Turn, ways: Sequence[Create], scope: Scope, seen: Seen) -> Made | None:
        """What was just written, read back; None where it can't be looked for, or is not to be seen yet."""
        scope = _of(scope, seen).having(mark=mark(turn.key.marker), marker=turn.key.marker)
        way = _way(turn.key.operation, ways, scope)
        try:
            return await self.find(turn.key.operation, way, way.find, scope, seen) if way.find else None
        except (CrmUnavailable, CrmRefused, CantCarry):
            return None

    async def find(self, operation: str, way: Create, find: Find, scope: Scope, seen: Seen | None) -> Made | None:
        """The record that bears our mark. Others that come along are none of ours."""
        if find.among is not None:
            assert seen is not None
            items = await self._readings.among(find.among, seen.customer.external_id)
        else:
            below = await self._wiring.taken(operation, find.before, scope)
            items = await listed(self._wiring, operation, find, below)
        for item in items:
            if self._bears(item, find, scope):
                return Made(self._id_of(item, way, find, scope), item.raw)
        return None

    def _id_of(self, item: Item, way: Create, find: Find, scope: Scope) -> str:
        """The record that was found may have another shape than the answer to the create, where `id` reads."""
        among = getattr(self._wiring.mapping, find.among) if find.among else None
        read = among.record.source_id if among else None
        rules = (find.id, way.id, getattr(read, "value", read))
        for rule in filter(None, rules):
            with suppress(ExpressionFailed, BadValue):
                if found := text(rule.on(item.raw, scope.functions)):
                    return found
        return ""

    def _bears(self, item: Item, find: Find, scope: Scope) -> bool:
        try:
            return bears(find.mark.on(item.raw, scope.functions), scope.names["mark"])
        except ExpressionFailed:
            return False


def _way(operation: str, ways: Sequence[Create], scope: Scope) -> Create:
    """The first whose `when` holds. Raises CrmLacks."""
    for way in ways:
        if way.when is None or way.when.holds(scope.names, scope.functions):
            return way
    raise CrmLacks(f"{operation}: not for this")


def _of(scope: Scope, seen: Seen | None) -> Scope:
    return scope.having(**seen.names, external_id=seen.customer.external_id) if seen else scope


def _unwritten(problem: BaseException) -> bool:
    """Is it certain that nothing was written? The CRM said no, or it was never sent."""
    return isinstance(problem, Unsent | CrmRefused | CrmLacks | NotFound | BadRequest)
