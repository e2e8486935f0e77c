"""`onethread crm check`: runs a mapping against the live CRM, shows what agents would see, says what is unsafe."""

import json
import secrets as chance
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeVar, get_args

from hub.crm.rest.check_static import doubtful, unsafe
from hub.crm.rest.connector import RestCrm, capabilities
from hub.crm.rest.customers import Seen
from hub.crm.rest.format import Mapping
from hub.crm.rest.format_auth import LoginAuth, OAuth2
from hub.crm.rest.places import READS
from hub.crm.rest.probes import Probe, strangers
from hub.model.crm import Capability, CrmCustomer
from hub.model.drift import sentence
from hub.model.errors import NotFound, OneThreadError
from hub.model.frozen import frozen
from hub.model.party import Value

T = TypeVar("T")
Kind = Literal["good", "note", "unsafe", "wrong"]
SIGNS: Final[dict[Kind, str]] = {"good": "ok    ", "note": "note  ", "unsafe": "UNSAFE", "wrong": "WRONG "}
SHOWN: Final = 2  # records of each list
ROUND: Final = 5  # pages of CRMs have 5, 10, 20, 25, 50, 100, 200 records


@frozen
class Line:
    kind: Kind
    says: str
    shown: str = ""

    def __str__(self) -> str:
        return f"{SIGNS[self.kind]}  {self.says}" + (f"\n{self.shown}" if self.shown else "")


class Noted:
    """What the connector finds while it is checked: each once."""

    def __init__(self) -> None:
        self.drifts: dict[tuple[str, str, str], None] = {}
        self.words: dict[tuple[str, str, str], None] = {}

    def drift(self, operation: str, path: str, problem: str) -> None:
        self.drifts[operation, path, problem] = None

    def unmapped(self, operation: str, field: str, value: str) -> None:
        self.words[operation, field, value] = None


class Check:
    """`say` is given each line as soon as it is known."""

    def __init__(self, crm: RestCrm, noted: Noted, say: Callable[[Line], None]) -> None:
        self._crm = crm
        self._mapping = crm.wiring.mapping
        self._noted = noted
        self._say = say
        self._worst: set[Kind] = set()

    @property
    def passed(self) -> bool:
        return not self._worst & {"unsafe", "wrong"}

    def say(self, kind: Kind, says: str, shown: str = "") -> None:
        self._worst.add(kind)
        self._say(Line(kind, says, shown))

    async def run(self, probes: Sequence[Probe]) -> CrmCustomer | None:
        """All that only reads. The first customer who was found is given back, for who wants to write."""
        for says in unsafe(self._mapping, self._crm.wiring.client.base_url):
            self.say("unsafe", says)
        for says in doubtful(self._mapping):
            self.say("note", says)
        if not await self._signed_in():
            return None
        found = [customer for probe in probes for customer in await self._probed(probe)]
        for kind in dict.fromkeys(how.by for how in self._mapping.customer.look_up):
            await self._strangers(kind)
        if found:
            for operation in READS:
                if getattr(self._mapping, operation) is not None:
                    await self._read(operation, found[0])
        elif not probes:
            self.say("note", "nobody was looked up: add --probe email=..., phone=... or external_id=... of a customer")
        self._findings()
        self._lacks()
        return found[0] if found else None

    async def _signed_in(self) -> bool:
        if isinstance(self._mapping.auth, LoginAuth | OAuth2):
            return await self.attempt("sign-in", self._crm.session_names()) is not None
        return True

    async def attempt(self, what: str, call: Awaitable[T]) -> T | None:
        """Its result, or a line about what went wrong."""
        try:
            return await call
        except OneThreadError as problem:
            self.say("wrong", f"{what}: {(problem.detail or problem.sentence).removeprefix(f'{what}: ')}")
            return None

    # --- look-ups -------------------------------------------------------------------------------------------

    async def _probed(self, probe: Probe) -> list[CrmCustomer]:
        what = f"look-up by {probe.kind}"
        if not any(how.by == probe.kind for how in self._mapping.customer.look_up):
            self.say("note", f"{what}: the file has none, so such customers are not found")
            return []
        found = await self.attempt(what, self._crm.find_customer(probe.keys))
        if found is None:
            return []
        came, kept = self._counted("customer")
        if not found:
            more = f"; {came} came{self._unlike('customer')}" if came else _otherwise(self._mapping, probe)
            self.say("wrong" if came else "note", f"{what}: nobody found{more}")
        for customer in found:
            self.say("good", f"{what}: found ({came} came, {kept} verified)", shown(customer))
            for phone in customer.phones:
                if not phone.e164:
                    self.say(
                        "note", f"{what}: `{phone.raw}` is no phone number to the hub: it is shown, and never found"
                    )
        return found

    async def _strangers(self, kind: str) -> None:
        """Nobody must be found by an address that nobody has, however it is written."""
        for probe in strangers(kind, "".join(chance.choice("0123456789") for _ in range(8))):
            odd = "an unknown one with an apostrophe in it" if "'" in probe.value else "an unknown one"
            found = await self.attempt(
                f"look-up by {kind}, {odd}"
                + (" (is its query language declared, such as {$sql: ...}?)" if "'" in probe.value else ""),
                self._crm.find_customer(probe.keys),
            )
            came, _ = self._counted("customer")
            if found:
                self.say("unsafe", f"look-up by {kind}: {odd} finds {len(found)}: `verify` lets strangers through")
            elif came:
                self.say(
                    "note",
                    f"look-up by {kind}: for {odd} the CRM sent {came} records of others, which `verify` dropped: is "
                    "the filter's name right? It costs time, and whom the first page does not hold is never found",
                )
            elif found is not None:
                self.say("good", f"look-up by {kind}: {odd} finds nobody")

    # --- what belongs to a customer -------------------------------------------------------------------------

    async def _read(self, operation: str, customer: CrmCustomer) -> None:
        got: Any = await self.attempt(operation, getattr(self._crm, operation)(customer.external_id))
        if got is None:
            return
        came, kept = self._counted(operation)
        if isinstance(got, int):
            self.say("good", f"{operation}: {got}")
        elif came and not kept:
            self.say("wrong", f"{operation}: {came} came, none is this customer's{self._unlike(operation)}")
        else:
            lost = f", {kept - len(got)} could not be read" if len(got) < kept else ""
            self.say("good", f"{operation}: {len(got)} ({came} came, {kept} verified{lost})", shown(*got[:SHOWN]))
            if came and came % ROUND == 0 and getattr(self._mapping, operation).pages is None:
                self.say(
                    "note", f"{operation}: {came} came, and no `pages` are mapped: does the list go on after them?"
                )
        await self._of_nobody(operation, customer)

    async def _of_nobody(self, operation: str, customer: CrmCustomer) -> None:
        """With an id that nobody has, the CRM must send nothing."""
        nobody = customer.model_copy(
            update={"external_id": customer.external_id + "00", "source_id": customer.source_id + "00"}
        )
        self._crm.customers.pretend(Seen(nobody, {"id": nobody.source_id}, {}, self._crm.wiring.clock()))
        try:
            got = await getattr(self._crm, operation)(nobody.external_id)
        except NotFound:
            got = []
        except OneThreadError:
            return  # it said no, which is fine
        came, _ = self._counted(operation)
        if got:
            self.say("unsafe", f"{operation}: an unknown customer has {got if isinstance(got, int) else len(got)}")
        elif came:
            self.say(
                "note",
                f"{operation}: for an unknown customer the CRM sent {came} records of others, which `verify` dropped: "
                "is the filter's name right?",
            )

    # --- in the end -----------------------------------------------------------------------------------------

    def _findings(self) -> None:
        for operation, path, problem in self._noted.drifts:
            hint = " (if the CRM leaves it out at times: {value: ..., optional: true})" if problem == "missing" else ""
            self.say("wrong", f"{operation}: {path} {sentence(problem)}{hint}")
        for operation, field, value in self._noted.words:
            self.say("wrong", f"{operation}: `{value}` is not in the value map `{field}`: the default stands in for it")

    def _lacks(self) -> None:
        orders, customer = self._mapping.orders, self._mapping.customer.record
        along = {"shipments"} if orders and orders.record.shipments else set[str]()
        along |= {"points"} if customer.points is not None else set()
        lacking = sorted(set(get_args(Capability)) - capabilities(self._mapping) - along)
        if lacking:
            self.say("note", f"not mapped, so shown as not available: {', '.join(lacking)}")

    def _unlike(self, operation: str) -> str:
        """What `verify` read instead, and what that may mean."""
        read = self._crm.sieve.others.pop(operation, ())
        if not read:
            return ": `verify` read nothing on them. Does it name the right field?"
        several = next((sign for sign in ";,/|" if any(sign in one for one in read)), "")
        hint = f' If that is several in one text: $split(..., "{several}")' if several else ""
        return f": `verify` read {json.dumps(read[:SHOWN], ensure_ascii=False)}. Is it the right field?{hint}"

    def _counted(self, operation: str) -> tuple[int, int]:
        """How many records came, and were kept, since the last look."""
        sieve = self._crm.sieve
        return sieve.came.pop(operation, 0), sieve.kept.pop(operation, 0)


def _otherwise(mapping: Mapping, probe: Probe) -> str:
    """What else a number could be asked as."""
    if probe.kind != "phone":
        return ""
    tried = {name for how in mapping.customer.look_up if how.by == "phone" for name in how.spellings}
    if {"national", "tail"} & tried:
        return ""
    asked = ", ".join(sorted(tried))
    return f" ({asked}). If the CRM has numbers otherwise, say `spellings: [e164, national, tail]`"


TIMES: Final = ("at", "due", "eta", "warranty_until")


def _dated(name: str, value: Any) -> Any:
    """Times as they are read, so that a wrong time zone is seen."""
    if isinstance(value, list):
        return [_dated(name, one) for one in value]
    if isinstance(value, dict):
        return {key: _dated(key, below) for key, below in value.items()}
    if isinstance(value, int) and value and name.endswith(TIMES):
        return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return value


def shown(*records: Value) -> str:
    """Canonical records as an operator reads them: what is blank is left out."""
    lines = []
    for record in records:
        fields = {name: _dated(name, value) for name, value in record.model_dump(mode="json").items() if value}
        lines += [f"          {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
        lines.append("")
    return "\n".join(lines[:-1])
