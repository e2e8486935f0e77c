"""What all parts of one connection share."""

from collections.abc import Callable, Mapping
from typing import Any

from hub.crm.findings import Findings
from hub.crm.rest import format as file
from hub.crm.rest.client import Client
from hub.crm.rest.drift import Watch, problem_of
from hub.crm.rest.expressions import ExpressionFailed
from hub.crm.rest.format_requests import Step
from hub.crm.rest.records import Reader
from hub.crm.rest.references import References
from hub.crm.rest.templates import Scope
from hub.crm.rest.values import Functions, decoded
from hub.model.errors import CrmUnavailable
from hub.model.frozen import frozen


class Unreadable(CrmUnavailable):
    """The CRM has answered, and not as its mapping says."""


@frozen
class Wiring:
    """`name` is the connection's, `clock` gives epoch ms."""

    name: str
    mapping: file.Mapping
    client: Client
    reader: Reader
    functions: Functions
    secrets: Mapping[str, str]
    findings: Findings
    references: References
    clock: Callable[[], int]

    def scope(self, operation: str, **names: Any) -> Scope:
        """What templates and expressions of `operation` know; a name that is blank is not known at all."""
        return Scope({**self._fixed(), **known(names)}, self.functions.of(operation), self.secrets)

    def watch(self, operation: str) -> Watch:
        return Watch(operation, self.findings)

    def _fixed(self) -> dict[str, Any]:
        return {"at": self.clock()}

    async def taken(self, operation: str, steps: list[Step], scope: Scope, *, writing: bool = False) -> Scope:
        """`scope` with what `steps`, sent one after the other, give. Raises Unreadable, and what the client raises."""
        for step in steps:
            if step.when is not None and not step.when.holds(scope.names, scope.functions):
                continue
            send = self.client.write if writing else self.client.read
            answer = await send(operation, step.request, scope, step.answers)
            names = {**scope.functions, **answer.names, "asked": scope.names}
            try:
                body = decoded(answer.body, self.mapping.types)
                scope = scope.having(**{name: rule.on(body, names) for name, rule in step.take.items()})
            except ExpressionFailed as problem:
                self.findings.drift(operation, "take", problem_of(problem))
                raise Unreadable(f"{operation}: {problem}") from None
        return scope


def known(names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in names.items() if value not in ("", None, (), [])}


class Silent:
    """Findings of an answer that says only a part of a record: what is missing there is no drift."""

    def drift(self, operation: str, path: str, problem: str) -> None:
        return

    def unmapped(self, operation: str, field: str, value: str) -> None:
        return
