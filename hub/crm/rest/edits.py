"""An agent's edits of a customer: all of them or none, and none over what changed in the CRM since it was read."""

from typing import Any

from hub.crm.matching import email_key
from hub.crm.rest.customers import Customers, Seen
from hub.crm.rest.expressions import Expression, ExpressionFailed, walked
from hub.crm.rest.format import EditedField, UpdateCustomer
from hub.crm.rest.values import texts
from hub.crm.rest.wiring import Wiring
from hub.crm.rest.writes import Turn, Writes
from hub.model.crm import CrmCustomer, FieldChange
from hub.model.errors import BadRequest, CrmConflict, CrmLacks, CrmRefused
from hub.model.phones import e164

SEVERAL = ("emails", "phones")


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
        tidied = [self._tidy(change, how) for change in changes]

        async def write(_turn: Turn) -> CrmCustomer:
            # Read anew: what the agent saw may be a minute old. A try before this one may have written it already.
            seen = await self._customers.of(external_id, anew=True)
            needed = [change for change in tidied if not self._holds(seen.customer, change.field, change.now)]
            moved = [change.field for change in needed if not self._as_it_was(seen.customer, change)]
            if moved:
                raise CrmConflict(" ".join(moved))
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
            if (change.was and self._same(change.field, change.was, held)) or (not change.was and not held):
                return name
        raise CrmRefused(f"{change.field}: the CRM has no field left for one more")

    def _tidy(self, change: FieldChange, how: UpdateCustomer) -> FieldChange:
        """Raises BadRequest for a field that can't be edited, a blank, and what is no address at all."""
        if change.field not in how.fields:
            raise BadRequest(f"field: {change.field} can't be edited")
        now = change.now.strip()
        if not now:
            raise BadRequest(f"now: {change.field} can't become blank")
        if change.field == "emails" and "@" not in now:
            raise BadRequest("now: no e-mail address")
        if change.field == "phones":
            now = e164(now, self._region)
            if not now:
                raise BadRequest("now: no phone number")
        return FieldChange(field=change.field, was=change.was.strip(), now=now)

    def _holds(self, it: CrmCustomer, field: str, value: str) -> bool:
        return self._same(field, value, _values(it, field))

    def _as_it_was(self, it: CrmCustomer, change: FieldChange) -> bool:
        held = _values(it, change.field)
        if not change.was:
            return change.field in SEVERAL or not any(held)
        return self._same(change.field, change.was, held)

    def _same(self, field: str, value: str, held: tuple[str, ...]) -> bool:
        if field == "emails":
            return email_key(value) in map(email_key, held)
        if field == "phones":
            return (e164(value, self._region) or value) in (e164(one, self._region) or one for one in held)
        return value in held


def _values(it: CrmCustomer, field: str) -> tuple[str, ...]:
    """What the field holds, as texts."""
    if field == "phones":
        return tuple(phone.e164 or phone.raw for phone in it.phones)
    value = it.custom.get(field.removeprefix("custom.")) if field.startswith("custom.") else getattr(it, field)
    return texts(list(value) if isinstance(value, tuple) else value)
