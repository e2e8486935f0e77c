"""What the skills about orders share: finding the one that is meant, and asking which."""

from collections.abc import Iterable

from hub.bot.account import is_open
from hub.bot.cards import order_label
from hub.bot.case import Case
from hub.bot.dialogue import Move
from hub.bot.skills.skill import Given, Outcome, Parameter
from hub.model.content import Button
from hub.model.crm import Order

_OTHERS = 5


def find_order(case: Case, move: Move) -> str:
    """The number of an order named by number, product or "the latest"; a foreign number as it stands."""
    folded = move.reading.folded
    if named := case.account.order_named_in(folded):
        return named.number
    if foreign := (*move.reading.values("order"), *move.reading.values("tracking")):
        return foreign[0]
    if meant := _by_product(case, folded):
        return meant.number
    if case.account.orders and case.cues.found("newest", folded):
        return case.account.orders[0].number
    return ""


ORDER = Parameter("order", "The order's number, or a tracking number, if the customer named one.", find_order)


def _by_product(case: Case, folded: str) -> Order | None:
    """The one order (of those still open, else of all) that holds a product named in the text."""
    models = {m for manual in case.shelf.mentioned(folded, case.owned) for m in manual.models}
    named = [o for o in case.account.orders if any(i.model in models or _is_named(i.model, folded) for i in o.items)]
    still = [o for o in named if is_open(o)] or named
    return still[0] if len(still) == 1 else None


def _is_named(model: str, folded: str) -> bool:
    return len(model) > 2 and model.lower() in folded


def not_theirs(case: Case, given: Given) -> Outcome | None:
    """A number that is not on this account: said so, and nothing else, whoever's it may be."""
    number = given.get("order", "")
    if not number or case.account.order(number):
        return None
    text = case.words.say("account.not_yours", number=number[:40])
    return Outcome((case.offer(text, (case.button("order_status"),)),))


def order_buttons(case: Case, orders: Iterable[Order]) -> tuple[Button, ...]:
    """One button for each of the newest orders; pressing it names the order."""
    shown = list(orders)[:_OTHERS]
    return tuple(
        Button(label=order_label(case, o), value=case.words.say("button.this_order", order=o.number)[:500])
        for o in shown
    )
