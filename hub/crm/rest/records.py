"""A CRM's record -> the canonical one, field by field, as the mapping says. What does not fit is reported."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar, get_args

from pydantic import ValidationError

from hub.crm.rest.drift import Watch, problem_of
from hub.crm.rest.escapes import CantCarry
from hub.crm.rest.expressions import Expression, ExpressionFailed
from hub.crm.rest.format_records import Part, Rule
from hub.crm.rest.templates import Scope, Text
from hub.crm.rest.values import BadValue, Times, Words, amount, text, texts, whole, yes
from hub.model.crm import CrmCustomer, CrmNote, Lead, Order, Phone, Shipment, Task, Ticket
from hub.model.party import Value
from hub.model.phones import e164

V = TypeVar("V", bound=Value)
Convert = Callable[[Any], Any]

# Fields with a choice of words, what else they may be, and what stands in for a word that is none of them.
CHOICES: Final[dict[tuple[type[Value], str], str]] = {
    (CrmCustomer, "tier"): "",
    (CrmCustomer, "title"): "",
    (Order, "status"): "pending",
    (Shipment, "status"): "pending",
    (Ticket, "status"): "open",
    (Ticket, "priority"): "normal",
    (CrmNote, "kind"): "note",
    (Task, "status"): "open",
}
LISTS: Final = {"emails", "tags"}
TIMES: Final = {"created_at", "updated_at", "placed_at", "bought_at", "warranty_until", "eta", "due", "at"}
AMOUNTS: Final = {"total", "price", "value"}
WHOLES: Final = {"points", "qty"}
YES_OR_NO: Final = {"internal"}
OPEN: Final = {"source_id", "placed_at", "carrier", "tracking", "sku"}  # required of the model, but a CRM may not say
NESTED: Final = {"items", "shipments", "trail", "products_owned"}


class Unfit(ValueError):
    """The record lacks what it can't do without; `field` says what."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Reader:
    """Reads records of one connection, named `source`."""

    def __init__(self, source: str, words: Words, times: Times, region: str, currency: str) -> None:
        self._source = source
        self._words = words
        self.times = times
        self._region = region
        self._currency = currency

    def read(
        self, kind: type[V], rules: Part, raw: Any, scope: Scope, watch: Watch, known: Mapping[str, Any] | None = None
    ) -> V:
        """`raw` as a `kind`; `known` fields stand in for what the record does not say.

        Raises Unfit without a field that it needs.
        """
        fields = self._fields(kind, rules, raw, scope, watch)
        fields = {**(known or {}), **{name: value for name, value in fields.items() if value not in ("", None, ())}}
        if kind is Order and not fields.get("currency"):
            fields["currency"] = self._currency
        fields["source"] = self._source
        for name, field in kind.model_fields.items():
            if field.is_required() and not fields.get(name) and name not in OPEN:
                raise Unfit(name)
        try:
            blank = {"carrier": "", "tracking": "", "placed_at": 0}
            return kind.model_validate({**blank, "source_id": fields.get("number", ""), **fields})
        except ValidationError as problem:
            raise Unfit(".".join(map(str, problem.errors()[0]["loc"]))) from None

    def _fields(self, kind: type[Value], rules: Part, raw: Any, scope: Scope, watch: Watch) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in type(rules).model_fields:
            rule = getattr(rules, name)
            if rule is None or name == "each":
                continue
            if name == "url":
                found[name] = _address(rule, raw, scope)
            elif name in NESTED:
                found[name] = self._nested(name, rule, raw, scope, watch)
            elif isinstance(rule, dict):
                found[name] = self._named(name, rule, raw, scope, watch)
            else:
                found[name] = self._field(kind, name, rule, raw, scope, watch)
        return found

    def _field(self, kind: type[Value], name: str, rule: Any, raw: Any, scope: Scope, watch: Watch) -> Any:
        rules = _rules(rule)
        if not (isinstance(rule, Rule) and rule.optional):
            watch.expect(name, rules, raw)
        try:
            given = _given(rules, raw, scope)
            if isinstance(rule, Rule) and rule.values:
                given = self._words.to_hub(watch.operation, rule.values, given)
            if (kind, name) in CHOICES:
                return self._choice(kind, name, text(given), watch)
            return self._converted(name, given)
        except (BadValue, ExpressionFailed) as problem:
            watch.drifted(f"{name}: {', '.join(one.text for one in rules)}", problem_of(problem))
            return None

    def _converted(self, name: str, given: Any) -> Any:
        if name == "phones":
            return tuple(Phone(raw=raw, e164=e164(raw, self._region)) for raw in texts(given))
        if name in LISTS:
            return texts([one.lower() for one in texts(given)] if name == "emails" else given)
        if name == "points":
            return None if given is None or given == "" else whole(given)
        if name in TIMES:
            return self.times.instant(given)
        for names, convert in ((AMOUNTS, amount), (WHOLES, whole), (YES_OR_NO, yes)):
            if name in names:
                return convert(given)
        return text(given)

    def _choice(self, kind: type[Value], name: str, word: str, watch: Watch) -> str:
        allowed = get_args(kind.model_fields[name].annotation)
        if word in allowed:
            return word
        if word:
            watch.unmapped(name, word)
        return CHOICES[kind, name]

    def _named(self, name: str, rules: Mapping[str, Any], raw: Any, scope: Scope, watch: Watch) -> dict[str, Any]:
        """`custom` and `consent`: a name for each rule."""
        found: dict[str, Any] = {}
        for key, rule in rules.items():
            value = self._field(Value, f"{name}.{key}", rule, raw, scope, watch)
            if value not in ("", None):
                found[key] = value if name == "custom" else yes(value)
        return found

    def _nested(self, name: str, rules: Any, raw: Any, scope: Scope, watch: Watch) -> tuple[Any, ...]:
        watch.expect(f"{name}.each", [rules.each], raw)
        try:
            given = rules.each.on(raw, scope.functions)
        except ExpressionFailed as problem:
            watch.drifted(f"{name}.each", problem_of(problem))
            return ()
        each = given if isinstance(given, list) else [] if given is None else [given]
        kind = Shipment if name == "shipments" else Value
        read = [self._fields(kind, rules, one, scope, watch) for one in each if isinstance(one, dict)]
        made = [{key: value for key, value in one.items() if value is not None} for one in read]
        return tuple(_complete(name, one) for one in made if one.get("number") or one.get("name") or one.get("text"))


def _complete(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    """What a nested record must have and this one does not say."""
    if name == "trail":
        return {"at": 0, **fields}
    if name == "shipments":
        trail = sorted(fields.get("trail") or (), key=lambda step: -step["at"])
        return {"carrier": "", "tracking": "", **fields, "trail": tuple(trail)}
    return {"sku": "", "model": "", **fields, **({} if fields.get("qty") or name != "items" else {"qty": 1})}


def _rules(rule: Expression | Rule | list[Expression]) -> list[Expression]:
    if isinstance(rule, Rule):
        return [rule.value]
    return rule if isinstance(rule, list) else [rule]


def _given(rules: Iterable[Expression], raw: Any, scope: Scope) -> Any:
    values = [rule.on(raw, scope.functions) for rule in rules]
    if len(values) == 1:
        return values[0]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return [one for one in flat if one is not None]


def _address(rule: Text, raw: Any, scope: Scope) -> str:
    """Where the record opens; "" when a part of the address is blank or it is none of the web."""
    try:
        url = rule.path(Scope(raw if isinstance(raw, dict) else {}, scope.functions, scope.secrets))
    except (CantCarry, ExpressionFailed):
        return ""
    return url if url.startswith(("https://", "http://")) else ""


CANONICAL: Final[dict[str, type[Value]]] = {
    "customer": CrmCustomer,
    "orders": Order,
    "shipments": Shipment,
    "tickets": Ticket,
    "notes": CrmNote,
    "add_task": Task,
    "create_lead": Lead,
}
