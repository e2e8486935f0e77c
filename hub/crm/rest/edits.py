"""An agent's edits of a customer: all of them or none, and none over what changed in the CRM since it was read."""

from typing import Any

from hub.crm.changes import is_among, tidied, to_write
from hub.crm.rest.customers import Customers, Seen
from hub.crm.rest.expressions import Expression, ExpressionFailed, walked
from hub.crm.rest.format import EditedField, UpdateCustomer
from hub.crm.rest.values import texts
from hub.crm.rest.wiring import Wiring
from hub.crm.rest.writes import Turn, Writes
from hub.model.crm import CrmCustomer, FieldChange
from hub.model.errors import BadRequest, CrmLacks, CrmRefused


class Edits:
    def __init__(self, wiring: Wiring, customers: Customers, writes: Writes) -> None:
        self._wiring = wiring
        self._customers = customers
        self._writes = writes
        self._region = wiring.mapping.region

    async def update_customer(self, external_id: str, changes: tuple[FieldChange, ...], marker: str) -> CrmCustomer:
        """Raises CrmConflict with the names of fields that moved on, BadRequest, CrmLacks, NotFound, CrmRefused."""
        how = self._wiring.mapping.update_customer
        if how is None:
            raise CrmLacks("update_customer")
        asked = tidied(changes, how.fields, self._region)

        async def write(_turn: Turn) -> CrmCustomer:
            # Read anew: what the agent saw may be a minute old. A try before this one may have written it already.
            seen = await self._customers.of(external_id, anew=True)
            needed = to_write(seen.customer, asked, self._region)
            if needed:
                await self._send(how, seen, needed)
            return (await self._customers.of(external_id, anew=True)).customer if needed else seen.customer

        return await self._writes.once("update_customer", marker, external_id, CrmCustomer, write)

    async def _send(self, how: UpdateCustomer, seen: Seen, needed: list[FieldChange]) -> None:
        changed: dict[str, Any] = {}
        for change in needed:
            changed |= self._field(how.fields[change.field], change, seen)
        scope = self._wiring.scope("update_customer", external_id=seen.customer.external_id, **seen.names)
        scope = await self._wiring.taken("update_customer", how.before, scope.having(changed=changed))
        await self._wiring.client.write("update_customer", how.request, scope, how.answers)
        self._customers.stale(seen.customer.external_id)

    def _field(self, rule: str | list[str] | EditedField, change: FieldChange, seen: Seen) -> dict[str, Any]:
        """The CRM's name -> what it is to be."""
        named = rule.field if isinstance(rule, EditedField) else rule
        name = named if isinstance(named, str) else self._place(named, change, seen)
        if not isinstance(rule, EditedField) or rule.value is None:
            return {name: change.now}
        return {name: self._valued(rule.value, change, seen)}

    def _valued(self, value: Expression, change: FieldChange, seen: Seen) -> Any:
        names = {**seen.names, "now": change.now, "was": change.was}
        try:
            return value.on(names, self._wiring.functions.of("update_customer"))
        except ExpressionFailed as problem:
            raise BadRequest(f"{change.field}: {problem}") from None

    def _place(self, names: list[str], change: FieldChange, seen: Seen) -> str:
        """Of several fields for addresses: the one that has the old one, or for a further one the first empty one."""
        for name in names:
            held = texts(walked(seen.raw, (name,)))
            if (change.was and is_among(change, held, self._region)) or (not change.was and not held):
                return name
        raise CrmRefused(f"{change.field}: the CRM has no field left for one more")
