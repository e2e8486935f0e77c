"""Names that the CRM wants as ids (tags, queues, types): looked up, kept for a while, made when they are missing."""

from typing import Any

from hub.crm.rest.drift import problem_of
from hub.crm.rest.expressions import ExpressionFailed
from hub.crm.rest.format import NameToId, Resolve
from hub.crm.rest.pages import listed
from hub.crm.rest.templates import ABSENT, Scope
from hub.crm.rest.values import BadValue, text, texts
from hub.crm.rest.wiring import Wiring
from hub.model.errors import BadRequest, CrmRefused, CrmUnavailable


class Names:
    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._lists: dict[str, tuple[int, dict[str, Any]]] = {}

    async def resolved(self, rules: dict[str, Resolve], scope: Scope) -> Scope:
        """`scope` with an id (or a list of ids) for each of `rules`; nothing for a name that is blank."""
        for name, rule in rules.items():
            try:
                given = rule.of.render(scope)
            except ExpressionFailed as problem:
                raise BadRequest(f"resolve.{name}: {problem}") from None
            if given is ABSENT:
                continue
            ids = [await self.id(rule.names, one, scope) for one in texts(given)]
            scope = scope.having(**{name: ids if isinstance(given, list) else ids[0]})
        return scope

    async def ids(self, which: str, names: list[str], scope: Scope) -> list[Any]:
        return [await self.id(which, name, scope) for name in names]

    async def id(self, which: str, name: str, scope: Scope) -> Any:
        """Raises CrmRefused for a name that the CRM does not have, when none may be made."""
        how = self._wiring.mapping.names[which]
        known = await self._known(which, how)
        if name not in known:
            known = await self._known(which, how, anew=True)
        if name not in known and how.create is not None:
            known[name] = await self._made(which, how, name, scope)
        if name not in known:
            raise CrmRefused(f"names.{which}: the CRM has no such name")
        return known[name]

    async def _known(self, which: str, how: NameToId, *, anew: bool = False) -> dict[str, Any]:
        at, known = self._lists.get(which, (0, {}))
        now = self._wiring.clock()
        if at and not anew and now - at < how.cache_s * 1000:
            return known
        operation = f"names.{which}"
        scope = self._wiring.scope(operation)
        fresh: dict[str, Any] = {}
        for item in await listed(self._wiring, operation, how, scope):
            try:
                name, key = text(how.name.on(item.raw, scope.functions)), how.id.on(item.raw, scope.functions)
            except (BadValue, ExpressionFailed) as problem:
                self._wiring.findings.drift(operation, f"{how.name.text}, {how.id.text}", problem_of(problem))
                continue
            if name and key is not None:
                fresh.setdefault(name, key)
        self._lists[which] = (now, fresh)
        return fresh

    async def _made(self, which: str, how: NameToId, name: str, scope: Scope) -> Any:
        assert how.create is not None
        made = await self._wiring.taken(f"names.{which}", [how.create], scope.having(name=name), writing=True)
        key = made.names.get("id")
        if key is None:
            known = await self._known(which, how, anew=True)
            key = known.get(name)
        if key is None:
            raise CrmUnavailable(f"names.{which}: one was made, but its id is not to be found")
        return key
