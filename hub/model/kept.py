"""An answer in which parts are missing does not wipe what was known of them: those parts stay, with their age."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from hub.model.crm import Capability, Context, Kept, Source

LISTS: Final[dict[Capability, Callable[[Any], int]]] = {
    "orders": lambda order: -order.placed_at,
    "tickets": lambda ticket: -ticket.created_at,
    "notes": lambda note: -note.created_at,
}
PARTS: Final[tuple[Capability, ...]] = (*LISTS, "shipments", "points")


def keeping(answer: Context, before: Context, longest_ms: int) -> Context:
    """`answer` with the parts of `before` that it could not give, if both are of the same customer.

    What a CRM does not have is not kept, nor what is older than `longest_ms`: it is to be asked anew, not collected.
    """
    if not _same(answer, before):
        return answer
    for source in answer.sources:
        for part, why in _failed(source):
            as_of = _since(before, source, part)
            if as_of and answer.as_of - as_of <= longest_ms:
                answer = _with(answer, before, Kept(crm=source.crm, part=part, as_of=as_of, why=why))
    return answer


def _same(answer: Context, before: Context) -> bool:
    one, other = answer.customer, before.customer
    return bool(one and other and (answer.crm, one.external_id) == (before.crm, other.external_id))


def _failed(source: Source) -> Iterator[tuple[Capability, str]]:
    """(part, why) of what may come another time. `why` of a source is one code, or "orders:timeout tickets:lacks"."""
    codes = dict(word.split(":", 1) for word in source.why.split() if ":" in word)
    for part in PARTS:
        why = source.why if source.outcome == "unavailable" else codes.get(part, "")
        if why and why != "lacks":
            yield part, why


def _since(before: Context, source: Source, part: Capability) -> int:
    """Since when `before` has this part of this connection, about the same customer of theirs; 0 = not at all."""
    for kept in before.kept:
        if (kept.crm, kept.part) == (source.crm, part):
            return kept.as_of
    same = (
        it
        for it in before.sources
        if it.crm == source.crm and part in it.parts and source.external_id in ("", it.external_id)
    )
    return next((it.as_of for it in same), 0)


def _with(answer: Context, before: Context, kept: Kept) -> Context:
    more: dict[str, Any] = {"kept": (*answer.kept, kept)}
    if kept.part in LISTS:
        older = [record for record in getattr(before, kept.part) if record.source == kept.crm]
        more[kept.part] = tuple(sorted((*getattr(answer, kept.part), *older), key=LISTS[kept.part]))
    elif kept.part == "shipments":
        parcels = {(order.source, order.number): order.shipments for order in before.orders}
        more["orders"] = tuple(
            order if order.shipments else order.model_copy(update={"shipments": parcels.get(_key(order), ())})
            for order in answer.orders
        )
    elif answer.customer and before.customer:
        more["customer"] = answer.customer.model_copy(update={"points": before.customer.points})
    return answer.model_copy(update=more)


def _key(order: Any) -> tuple[str, str]:
    return order.source, order.number
