"""What each place of the file may use: a template's names, the file's value maps and lists. Misspelt ones are named."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel

from hub.crm.rest.expressions import Expression
from hub.crm.rest.format import Create, CustomerReading, Find, Mapping, Reading, Tag, UpdateTicket
from hub.crm.rest.format import Verify as VerifyRule
from hub.crm.rest.format_auth import LoginAuth
from hub.crm.rest.format_records import Part, Rule
from hub.crm.rest.format_requests import Step
from hub.crm.rest.records import CANONICAL, CHOICES
from hub.crm.rest.templates import Secret
from hub.model.crm import CrmCustomer, Shipment
from hub.model.frozen import frozen
from hub.model.party import Value

Path = tuple[Any, ...]
EVERY: Final = frozenset({"at", "session", "request"})
PAGE: Final = frozenset({"page"})
OWN: Final = frozenset({"external_id", "customer", "record"})
MARK: Final = frozenset({"mark", "marker"})
SPELT: Final = frozenset({"phone", "phone_e164", "phone_plain", "phone_national", "phone_tail"})
# What the port gives to each write.
GIVEN: Final = {
    "create_ticket": OWN | {"subject", "body", "type", "priority", "order_ref"},
    "update_ticket": OWN | {"status", "priority", "comment", "ticket"},
    "add_note": OWN | {"body", "kind"},
    "add_task": OWN | {"title", "due", "assignee"},
    "create_lead": frozenset({"name", "contact", "interest", "source", "value", "email", "phone"}),
    "tag": OWN | {"tags", "tag", "new"},
    "add_insight": OWN | {"intent", "intents", "sentiment", "urgency", "language"},
    "update_customer": OWN | {"changed"},
}
READS: Final = ("orders", "shipments", "points", "tickets", "notes")


@frozen
class Place:
    path: Path
    says: str


def problems_of(mapping: Mapping) -> Iterator[Place]:
    """What the models alone can't see."""
    yield from _look_ups(mapping)
    yield from _reads(mapping)
    yield from _writes(mapping)
    yield from _rest(mapping)
    yield from _maps(mapping, mapping, (), "")


# --- look-ups -----------------------------------------------------------------------------------------------


def _look_ups(mapping: Mapping) -> Iterator[Place]:
    base: Path = ("customer", "look_up")
    if not any(how.by == "external_id" for how in mapping.customer.look_up):
        yield Place(base, "one of them must be `by: external_id`: orders, tickets and writes begin with that id")
    for nth, how in enumerate(mapping.customer.look_up):
        asked = SPELT if how.by == "phone" else {how.by}
        yield from _when(how.when, (*base, nth, "when"), frozenset({how.by}))
        yield from _reading(how, (*base, nth), frozenset(asked))
        if not any(part.roots & asked for part in _expressions([how.request, how.before])):
            yield Place((*base, nth, "request"), f"it never uses {{{{ {how.by} }}}}: it would find anybody")


def _reads(mapping: Mapping) -> Iterator[Place]:
    for name in READS:
        how = getattr(mapping, name)
        if how is None:
            continue
        yield from _reading(how, (name,), OWN)
        if not any(part.roots & OWN for part in _expressions([how.request, how.before])):
            yield Place((name, "request"), "it never says whose: use {{ customer.id }} or {{ external_id }}")


def _reading(how: Reading, path: Path, names: frozenset[str]) -> Iterator[Place]:
    below = names | PAGE if how.pages else names
    yield from _steps(how.before, (*path, "before"), names)
    names, below = names | _taken(how.before), below | _taken(how.before)
    yield from _unknown(how.request, (*path, "request"), below)
    yield from _pages(how, path)
    if isinstance(how.verify, VerifyRule):
        if (how.verify.each is None) == (how.verify.answer is None):
            yield Place((*path, "verify"), "either `each` (on every record) or `answer` (on the whole answer)")
        yield from _unknown(how.verify.equals, (*path, "verify", "equals"), names)
    if isinstance(how, CustomerReading) and isinstance(how.verify, Expression) and how.verify.roots == frozenset():
        yield Place((*path, "verify"), "it reads nothing of the record, so it verifies nothing")


def _pages(how: Reading | Find, path: Path) -> Iterator[Place]:
    pages = how.pages
    if pages is None:
        return
    if pages.by in ("cursor", "url") and pages.next is None:
        yield Place((*path, "pages"), f"`by: {pages.by}` needs `next`: where the answer says what comes next")
    used = {part.text for part in _expressions(how.request) if "page" in part.roots}
    wanted = {"offset": "page.offset", "number": "page.number", "cursor": "page.cursor"}.get(pages.by)
    if wanted and not any(wanted in text for text in used):
        yield Place((*path, "request"), f"it never uses {{{{ {wanted} }}}}, so each page would be the first")


# --- writes -------------------------------------------------------------------------------------------------


def _writes(mapping: Mapping) -> Iterator[Place]:
    for name in ("create_ticket", "add_note", "add_task", "create_lead", "add_insight"):
        for nth, way in enumerate(getattr(mapping, name) or ()):
            yield from _create(way, (name, nth), frozenset(GIVEN[name]), mapping)
    if mapping.update_ticket is not None:
        yield from _update_ticket(mapping.update_ticket, mapping)
    if mapping.tag is not None:
        yield from _tag(mapping.tag, mapping)
    if mapping.update_customer is not None:
        how, names = mapping.update_customer, frozenset(GIVEN["update_customer"])
        yield from _steps(how.before, ("update_customer", "before"), names)
        yield from _unknown(how.request, ("update_customer", "request"), names | _taken(how.before))
        if not any("changed" in part.roots for part in _expressions(how.request)):
            yield Place(("update_customer", "request"), "it never uses {{ changed }}: nothing would be changed")


def _create(way: Create, path: Path, names: frozenset[str], mapping: Mapping) -> Iterator[Place]:
    names = names | MARK
    yield from _when(way.when, (*path, "when"), names)
    yield from _resolves(way.resolve, (*path, "resolve"), names, mapping)
    names |= frozenset(way.resolve)
    yield from _steps(way.before, (*path, "before"), names)
    names |= _taken(way.before)
    yield from _unknown(way.request, (*path, "request"), names)
    yield from _steps(way.then, (*path, "then"), names | {"made"})
    if way.find is not None:
        yield from _find(way.find, (*path, "find"), names, mapping)
        marked = any(part.roots & MARK for part in _expressions([way.request, way.then]))
        if not marked:
            yield Place(
                (*path, "request"), "it never carries {{ mark }}, so `find` could not find it: put it into a text"
            )
    elif way.id is None and way.repeat == "find":
        yield Place(path, "add `find` (how what was written is found by its mark), or say `repeat: safe` or `never`")


def _find(find: Find, path: Path, names: frozenset[str], mapping: Mapping) -> Iterator[Place]:
    if (find.among is None) == (find.request is None):
        yield Place(path, "either `among: tickets` (or notes), or a `request` of its own")
    if find.among is not None and getattr(mapping, find.among) is None:
        yield Place((*path, "among"), f"the file does not map `{find.among}`")
    yield from _steps(find.before, (*path, "before"), names)
    below = names | _taken(find.before) | (PAGE if find.pages else frozenset())
    yield from _unknown(find.request, (*path, "request"), below)
    if find.request is not None:
        yield from _pages(find, path)


def _update_ticket(how: UpdateTicket, mapping: Mapping) -> Iterator[Place]:
    path, given = ("update_ticket",), frozenset(GIVEN["update_ticket"])
    names = given
    if mapping.tickets is None:
        yield Place(path, "it needs `tickets`: a ticket is changed for its own customer only, and is looked up there")
    if how.request is None and how.comment is None:
        yield Place(path, "a `request` (for status and priority), a `comment`, or both")
    yield from _when(how.when, (*path, "when"), names)
    yield from _resolves(how.resolve, (*path, "resolve"), names, mapping)
    names |= frozenset(how.resolve)
    yield from _steps(how.before, (*path, "before"), names)
    names |= _taken(how.before)
    yield from _unknown(how.request, (*path, "request"), names)
    if how.comment is not None:
        yield from _create(how.comment, (*path, "comment"), given, mapping)


def _tag(how: Tag, mapping: Mapping) -> Iterator[Place]:
    names = frozenset(GIVEN["tag"])
    if how.mode == "replace" and how.current is None:
        yield Place(("tag",), "`mode: replace` needs `current`: the tags that are there, or they would be lost")
    if how.names is not None and how.names not in mapping.names:
        yield Place(("tag", "names"), _no_such(how.names, mapping.names, "names"))
    yield from _steps(how.before, ("tag", "before"), names)
    yield from _unknown(how.request, ("tag", "request"), names | _taken(how.before))


def _resolves(rules: Any, path: Path, names: frozenset[str], mapping: Mapping) -> Iterator[Place]:
    for key, rule in rules.items():
        if rule.names not in mapping.names:
            yield Place((*path, key, "names"), _no_such(rule.names, mapping.names, "names"))
        yield from _unknown(rule.of, (*path, key, "of"), names)


# --- the rest -----------------------------------------------------------------------------------------------


def _rest(mapping: Mapping) -> Iterator[Place]:
    yield from _unknown([mapping.headers, mapping.query], ("headers",), frozenset())
    for name, how in mapping.names.items():
        yield from _unknown(how.request, ("names", name, "request"), PAGE if how.pages else frozenset())
        if how.create is not None:
            yield from _unknown(how.create.request, ("names", name, "create", "request"), None)
    auth = mapping.auth
    if isinstance(auth, LoginAuth):
        names: frozenset[str] = frozenset()
        for nth, step in enumerate(auth.steps):
            yield from _unknown(step.request, ("auth", "steps", nth, "request"), names)
            names |= frozenset(step.take)
        if not names:
            yield Place(("auth", "steps"), "none of them takes anything: add `take: {id: ...}` to the last one")


def _steps(steps: Iterable[Step], path: Path, names: frozenset[str]) -> Iterator[Place]:
    for nth, step in enumerate(steps):
        yield from _when(step.when, (*path, nth, "when"), names)
        yield from _unknown(step.request, (*path, nth, "request"), names)
        names |= frozenset(step.take)


def _taken(steps: Iterable[Step]) -> frozenset[str]:
    return frozenset(name for step in steps for name in step.take)


def _when(when: Expression | None, path: Path, names: frozenset[str]) -> Iterator[Place]:
    for root in sorted((when.roots if when else frozenset()) - names - EVERY):
        yield Place(path, _no_such(root, names | EVERY, "names here"))


def _unknown(part: Any, path: Path, names: frozenset[str] | None) -> Iterator[Place]:
    """Names in templates that nothing gives: they would always be blank. None = anything goes."""
    if names is None:
        return
    for expression in _expressions(part):
        for root in sorted(expression.roots - names - EVERY):
            yield Place(path, f"{{{{ {expression.text} }}}}: {_no_such(root, names | EVERY, 'names here')}")


def _no_such(name: str, known: Iterable[str], what: str) -> str:
    near = get_close_matches(name, list(known), 1)
    there = ", ".join(sorted(known)) or "none"
    return f"`{name}` is not known" + (f"; did you mean `{near[0]}`?" if near else f"; the {what} are: {there}")


def _expressions(part: Any) -> Iterator[Expression]:
    if hasattr(part, "parts"):
        yield from (it for it in part.parts() if not isinstance(it, Secret))
    elif isinstance(part, list | tuple):
        for below in part:
            yield from _expressions(below)
    elif isinstance(part, dict):
        for below in part.values():
            yield from _expressions(below)
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _expressions(getattr(part, name))


# --- value maps ---------------------------------------------------------------------------------------------

_KINDS: Final[dict[str, type[Value]]] = {**CANONICAL, "customer": CrmCustomer}


def _maps(mapping: Mapping, part: Any, path: Path, operation: str) -> Iterator[Place]:
    """Value maps that are named must be there, and give words of ours."""
    if isinstance(part, Rule) and part.values is not None:
        yield from _map(mapping, part.values, path, operation)
    if isinstance(part, dict):
        for key, below in part.items():
            yield from _maps(mapping, below, (*path, key), operation or str(key))
    elif isinstance(part, list):
        for nth, below in enumerate(part):
            yield from _maps(mapping, below, (*path, nth), operation)
    elif isinstance(part, Part):
        for name in type(part).model_fields:
            yield from _maps(mapping, getattr(part, name), (*path, name), operation or name)


def _map(mapping: Mapping, name: str, path: Path, operation: str) -> Iterator[Place]:
    if name not in mapping.values:
        yield Place((*path, "values"), _no_such(name, mapping.values, "value maps"))
        return
    kind = Shipment if "shipments" in path else _KINDS.get(operation)
    field = str(path[-1])
    if kind is None or (kind, field) not in CHOICES:
        return
    allowed = get_args(kind.model_fields[field].annotation)
    it = mapping.values[name]
    for word in [*it.to_hub.values(), *([it.default] if it.default else [])]:
        if word not in allowed:
            words = ", ".join(one for one in allowed if one)
            yield Place(("values", name), f"`{word}` is no {field} of ours; there are {words}")
