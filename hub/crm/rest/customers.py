"""Customers of a connection: found by their addresses, and found again when their id in the CRM went stale."""

import json
from collections.abc import Iterable
from typing import Any

from hub.crm.matching import normalised
from hub.crm.rest.drift import problem_of
from hub.crm.rest.escapes import CantCarry
from hub.crm.rest.expressions import ExpressionFailed
from hub.crm.rest.format import CustomerReading
from hub.crm.rest.pages import Item, listed
from hub.crm.rest.records import Unfit
from hub.crm.rest.references import Known
from hub.crm.rest.templates import Scope
from hub.crm.rest.verify import Sieve
from hub.crm.rest.wiring import Wiring
from hub.model.crm import CrmCustomer, CustomerKeys
from hub.model.errors import NotFound
from hub.model.frozen import frozen

OPERATION = "customer"
FRESH_MS = 60_000
MOST = 2_000  # customers whose record is kept for that time
TAIL = 8  # digits


@frozen
class Seen:
    """A customer as read: the canonical record, the CRM's own, and the ids that other requests need."""

    customer: CrmCustomer
    raw: Any
    refs: dict[str, Any]
    at: int

    @property
    def names(self) -> dict[str, Any]:
        """What templates know of them."""
        given = self.customer.model_dump(mode="json", exclude={"source", "raw"})
        return {"customer": {**given, "id": self.customer.source_id, "refs": self.refs}, "record": self.raw}


class Customers:
    def __init__(self, wiring: Wiring, sieve: Sieve) -> None:
        self._wiring = wiring
        self._sieve = sieve
        self._how = wiring.mapping.customer
        self._region = wiring.mapping.region
        self._seen: dict[str, Seen] = {}

    async def find(self, keys: CustomerKeys) -> list[Seen]:
        """A known external id alone decides; else everybody with one of the e-mails, phones or the wechat id."""
        asked = normalised(keys, self._region)
        found = await self._by("external_id", [asked.external_id])
        if not found:
            found = await self._by("email", asked.emails) + await self._by("phone", asked.phones)
            found += await self._by("wechat_id", [asked.wechat_id])
        several = list({one.customer.external_id: one for one in found}.values())
        for one in several:
            await self._keep(one)
        return several

    async def of(self, external_id: str, *, anew: bool = False) -> Seen:
        """The customer with this id; one who was merged or got another id in the CRM is found again, once.

        Raises NotFound.
        """
        if not external_id.strip():
            raise NotFound("no customer without an id")
        kept = self._seen.get(external_id)
        if kept and not anew and self._wiring.clock() - kept.at < FRESH_MS:
            return kept
        found = await self._by("external_id", [external_id]) or await self._again(external_id)
        if len(found) != 1:
            self._seen.pop(external_id, None)
            raise NotFound("no such customer in the CRM")
        await self._keep(found[0], external_id)
        return found[0]

    def stale(self, external_id: str) -> None:
        """What was kept of them is not true any more."""
        self._seen.pop(external_id, None)

    async def _again(self, external_id: str) -> list[Seen]:
        """By the addresses by which they were found last."""
        known = await self._wiring.references.known(self._wiring.name, external_id)
        if known is None:
            return []
        keys = CustomerKeys.model_validate(json.loads(known.keys))
        return await self._by("email", keys.emails) or await self._by("phone", keys.phones)

    async def _keep(self, seen: Seen, external_id: str = "") -> None:
        """For the next minute here, and their addresses for all processes."""
        who = external_id or seen.customer.external_id
        if len(self._seen) >= MOST:
            self._seen.pop(next(iter(self._seen)))
        before = self._seen.pop(who, None)
        self._seen[who] = seen
        phones = tuple(phone.e164 for phone in seen.customer.phones if phone.e164)
        keys = CustomerKeys(emails=seen.customer.emails, phones=phones)
        if before is None or before.customer != seen.customer:
            known = Known(seen.customer.source_id, keys.model_dump_json(include={"emails", "phones"}))
            await self._wiring.references.remember(self._wiring.name, who, known, self._wiring.clock())

    def pretend(self, seen: Seen) -> None:
        """For `crm check`: somebody who is not there, to see whether their records come all the same."""
        self._seen[seen.customer.external_id] = seen

    # --- asking ---------------------------------------------------------------------------------------------

    async def _by(self, by: str, values: Iterable[str]) -> list[Seen]:
        found: list[Seen] = []
        for value in filter(None, values):
            for how in self._how.look_up:
                if how.by == by and self._wanted(how, value):
                    found += await self._asked(how, value)
                    if found and by == "external_id":
                        return found
        return found

    def _wanted(self, how: CustomerReading, value: str) -> bool:
        scope = self._wiring.scope(OPERATION, **{how.by: value})
        return how.when is None or how.when.holds(scope.names, scope.functions)

    async def _asked(self, how: CustomerReading, value: str) -> list[Seen]:
        """Tries each spelling of a phone number, until somebody is found."""
        spelt = spellings(value) if how.by == "phone" else {}
        for name in how.spellings if how.by == "phone" else [""]:
            names = {f"phone_{each}": word for each, word in spelt.items()} | {how.by: spelt.get(name, value)}
            found = await self._once(how, value, self._wiring.scope(OPERATION, **names))
            if found:
                return found
        return []

    async def _once(self, how: CustomerReading, value: str, scope: Scope) -> list[Seen]:
        try:
            scope = await self._wiring.taken(OPERATION, how.before, scope)
            items = await listed(self._wiring, OPERATION, how, scope)
        except (CantCarry, NotFound):
            return []  # nobody has an address that this CRM can't even be asked for
        watch = self._wiring.watch(OPERATION)
        kept = self._sieve.kept_of(items, how.verify, how.by, value, scope, watch)
        found = [seen for item in kept if (seen := self._read(item, scope)) is not None]
        if how.by == "external_id":
            return [one for one in found if one.customer.external_id == value]
        return found

    def _read(self, item: Item, scope: Scope) -> Seen | None:
        watch = self._wiring.watch(OPERATION)
        try:
            customer = self._wiring.reader.read(CrmCustomer, self._how.record, item.raw, scope.telling(), watch)
        except Unfit as problem:
            watch.drifted(f"record.{problem.field}", "unusable")
            return None
        if not customer.source_id:
            customer = customer.model_copy(update={"source_id": customer.external_id})
        refs: dict[str, Any] = {}
        for name, rule in self._how.refs.items():
            try:
                refs[name] = rule.on(item.raw, {**scope.functions, **item.answer.names})
            except ExpressionFailed as problem:
                watch.drifted(f"refs.{name}", problem_of(problem))
        return Seen(customer, item.raw, refs, self._wiring.clock())


def spellings(number: str) -> dict[str, str]:
    """The ways in which CRMs hold a number that we have as E.164."""
    from phonenumbers import NumberParseException, national_significant_number, parse  # noqa: PLC0415

    plain = number.lstrip("+")
    try:
        national = national_significant_number(parse(number))
    except NumberParseException:
        national = plain
    return {"e164": number, "plain": plain, "national": national, "tail": plain[-TAIL:]}
