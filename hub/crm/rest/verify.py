"""Whose is a record? Each look-up keeps only those whose own value equals what was asked (shared: `verify`).

In three of four CRMs that were tried, a filter that is not known is ignored, and everybody comes back.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Literal

from hub.crm.matching import email_key
from hub.crm.rest.drift import Watch, problem_of
from hub.crm.rest.escapes import CantCarry
from hub.crm.rest.expressions import Expression, ExpressionFailed
from hub.crm.rest.format import Verify
from hub.crm.rest.pages import Item
from hub.crm.rest.templates import Scope
from hub.crm.rest.values import BadValue, texts
from hub.model.phones import e164

Kind = Literal["external_id", "email", "phone", "wechat_id", "owner"]


class Sieve:
    """`came` and `kept` count records by operation: where fewer are kept than came, a filter is wide or ignored.

    `others` is what `verify` read last on a record that was dropped, for `crm check` to show.
    """

    def __init__(self, region: str) -> None:
        self._region = region
        self.came: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.others: dict[str, tuple[str, ...]] = {}

    def kept_of(
        self, items: list[Item], verify: "Expression | Verify | str", kind: Kind, asked: str, scope: Scope, watch: Watch
    ) -> list[Item]:
        """Those of `items` that are `asked`'s own. `asked` blank: nobody's."""
        self.came[watch.operation] += len(items)
        if isinstance(verify, Expression):
            verify = Verify(each=verify)
        mine = self._mine(items, verify, kind, asked, scope, watch) if isinstance(verify, Verify) else items
        self.kept[watch.operation] += len(mine)
        return mine

    def _mine(self, items: list[Item], rule: Verify, kind: Kind, asked: str, scope: Scope, watch: Watch) -> list[Item]:
        wanted = _equals(rule, asked, scope)
        if not any(wanted):
            return []
        expression = rule.each or rule.answer
        assert expression is not None
        found = []
        for item in items:
            own = item.raw if rule.each else item.body
            watch.expect("verify", [expression], own)
            try:
                values = texts(expression.on(own, {**scope.functions, **item.answer.names}))
            except (ExpressionFailed, BadValue) as problem:
                watch.drifted("verify", problem_of(problem))
                continue
            if self._same(kind, wanted, values):
                found.append(item)
            else:
                self.others[watch.operation] = values
        return found

    def _same(self, kind: Kind, wanted: Iterable[str], values: Iterable[str]) -> bool:
        """Is one of `values` one of `wanted`? What is no number and no address equals nothing."""
        alike: Callable[[str], str] = str
        if kind == "email":
            alike = email_key
        elif kind == "phone":
            alike = partial(e164, region=self._region)
        return not {alike(one) for one in wanted}.isdisjoint(filter(None, map(alike, values)))


def _equals(rule: Verify, asked: str, scope: Scope) -> tuple[str, ...]:
    if rule.equals is None:
        return (asked,)
    try:
        return texts(rule.equals.render(scope))
    except (CantCarry, ExpressionFailed, BadValue):
        return ()
