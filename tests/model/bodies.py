"""Hypothesis strategies for everything in the log, read off the models themselves: a new event is covered unasked."""

import types
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import BaseMetadata, Ge, GroupedMetadata, Le, MaxLen, MinLen
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from hub.model.events import Event, Logged, every_event
from hub.model.party import Id, Party, Ulid

# What has broken JSON, frames, terminals and screens elsewhere.
HOSTILE = (
    '"',
    "\\",
    '\\"',
    "\n\r\t",
    "\x00",
    "\x1f\x7f",
    "\u2028\u2029",
    "\u202eأهلا\u202c",
    "👩‍👩‍👧‍👦🇨🇳",
    "王女士",
    "\ufeff\ufffe\uffff",
    "\U0010ffff",
    "</script><!--",
    '"type":"owner.changed"',
    '","d":{}}\n{"t":"event"',
    "%s%b{0}",
    "'; DROP TABLE--",
)
_PLAIN_IDS = "ABCXYZabcxyz019_.:-"

any_text = st.one_of(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=4).map("".join),
)


def of(model: type[Any]) -> st.SearchStrategy[Any]:
    """Valid instances of a model."""
    fields = {name: _of_field(field) for name, field in model.__pydantic_fields__.items()}
    return st.builds(model, **fields)


def _of_field(field: FieldInfo) -> st.SearchStrategy[Any]:
    return of_type(field.annotation, tuple(field.metadata))


def of_type(kind: Any, limits: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return of_type(inner[0], (*limits, *inner[1:]))
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, types.UnionType):
        return st.one_of(*(of_type(one, limits) for one in inner))
    if origin is tuple:
        return _of_tuple(inner, _flat(limits))
    if kind is type(None):
        return st.none()
    return _of_plain(kind, _flat(limits))


def _of_tuple(inner: tuple[Any, ...], limits: dict[str, Any]) -> st.SearchStrategy[Any]:
    if inner[-1] is not Ellipsis:
        return st.tuples(*(of_type(one) for one in inner))
    most = min(limits.get("max_length", 3), 3)
    return st.lists(of_type(inner[0]), min_size=limits.get("min_length", 0), max_size=most).map(tuple)


def _of_plain(kind: Any, limits: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind is str:
        return _of_str(limits)
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(limits.get("ge", -(2**53) + 1), limits.get("le", 2**53 - 1))
    if kind is float:
        return st.floats(limits.get("ge", -1), limits.get("le", 1 + limits.get("ge", 0)))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return of(kind)
    if is_dataclass(kind):
        return st.builds(kind, **{name: of_type(one) for name, one in get_type_hints(kind).items()})
    raise NotImplementedError(kind)


def _of_str(limits: dict[str, Any]) -> st.SearchStrategy[str]:
    least, most = limits.get("min_length") or 0, limits.get("max_length") or 10_000
    match limits.get("pattern"):
        case None:
            return any_text.map(lambda s: s[:most]).filter(lambda s: len(s) >= least)
        case r"^https?://":
            return any_text.map(lambda s: "https://" + s[:most])
        case pattern if pattern.startswith("^[A-Za-z"):
            return st.text(_PLAIN_IDS, min_size=least, max_size=20)
        case pattern:
            return st.from_regex(pattern.replace("$", r"\Z"))


def _flat(limits: tuple[Any, ...]) -> dict[str, Any]:
    """Constraints under their pydantic names, however they were written."""
    found: dict[str, Any] = {}
    for limit in limits:
        if isinstance(limit, FieldInfo):
            found |= _flat(tuple(limit.metadata))
        elif isinstance(limit, GroupedMetadata):
            found |= {k: v for k, v in vars(limit).items() if v is not None}
        elif isinstance(limit, Ge | Le | MinLen | MaxLen):
            found |= {
                name: getattr(limit, name) for name in ("ge", "le", "min_length", "max_length") if hasattr(limit, name)
            }
        elif isinstance(limit, BaseMetadata):
            continue
    return found


ids = of_type(Id)
ulids = of_type(Ulid)
parties = of(Party)


@cache
def events_of(kind: type[Event]) -> st.SearchStrategy[Event]:
    return of(kind)


EVENTS = dict(sorted(every_event().items()))
any_event = st.sampled_from(list(EVENTS.values())).flatmap(events_of)


@st.composite
def entries(draw: st.DrawFn, events: st.SearchStrategy[Event] = any_event) -> Logged:
    """Log entries of any type by anybody."""
    return Logged(
        conversation=draw(ids),
        seq=draw(st.integers(1, 2**53 - 1)),
        at=draw(st.integers(0, 2**53 - 1)),
        by=draw(parties),
        id=draw(ulids),
        channel=draw(st.sampled_from(("", "web", "app", "email"))),
        event=draw(events),
    )
