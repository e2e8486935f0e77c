"""Returns and exchanges: which order, why, then a ticket; outside the rules, a person decides."""

from hub.bot.account import delivered_at, is_open
from hub.bot.cards import item_names
from hub.bot.case import Case, clip
from hub.bot.dialogue import Move
from hub.bot.plain import plain
from hub.bot.skills.articles import no_account
from hub.bot.skills.orders import ORDER, not_theirs, order_buttons
from hub.bot.skills.skill import Escalation, Given, Outcome, Parameter, ask
from hub.model.content import Button
from hub.model.crm import Order, TicketDraft
from hub.model.frozen import frozen

_ASK_REASON = "ask.return_exchange.reason"


def _reason(case: Case, move: Move) -> str:
    """The answer to the question for it, or an opening line that gives one."""
    if move.asked == _ASK_REASON:
        return case.quote(move.reading.text)
    told = case.cues.found("faulty", move.reading.folded) or case.cues.found("unwanted", move.reading.folded)
    return case.quote(move.reading.text) if told else ""


def _kind(case: Case, move: Move) -> str:
    folded = move.reading.folded
    if case.cues.found("exchange", folded):
        return "exchange"
    return "refund" if case.cues.found("money", folded) and not _is_return(folded) else ""


def _is_return(folded: str) -> bool:
    return "退货" in folded or "return" in folded


@frozen
class _Wish:
    order: Order
    kind: str
    reason: str


class ReturnExchange:
    name = "return_exchange"
    description = "Registers a return, exchange or refund of an order: asks for order and reason, then opens a ticket."
    parameters = (
        ORDER,
        Parameter("reason", "Why it is sent back, in the customer's words.", _reason),
        Parameter("kind", "return, exchange or refund.", _kind),
    )

    def run(self, case: Case, given: Given) -> Outcome:
        if stop := no_account(case) or not_theirs(case, given):
            return stop
        order = case.account.order(given.get("order", "")) or _only_one(case)
        if order is None:
            return _ask_order(case)
        if stop := _not_returnable(case, order):
            return stop
        reason = given.get("reason", "")
        if not reason:
            return _ask_reason(case, order)
        return _decide(case, _Wish(order, given.get("kind") or "return", reason))


def _returnable(case: Case) -> list[Order]:
    return [o for o in case.account.orders if o.status in ("delivered", "shipped")]


def _only_one(case: Case) -> Order | None:
    orders = _returnable(case)
    return orders[0] if len(orders) == 1 else None


def _ask_order(case: Case) -> Outcome:
    orders = _returnable(case)
    if not orders:
        return Outcome((case.offer(case.words.say("return_exchange.none_open"), (case.button("order_status"),)),))
    key = "ask.return_exchange.order"
    return ask(case, key, case.words.say(key), order_buttons(case, orders))


def _not_returnable(case: Case, order: Order) -> Outcome | None:
    """Orders that have not arrived, or are gone, need something else."""
    keys: dict[str, tuple[str, str]] = {
        "pending": ("not_sent", "cancel_order"),
        "paid": ("not_sent", "cancel_order"),
        "packed": ("not_sent", "cancel_order"),
        "returned": ("already", "refund_status"),
        "cancelled": ("cancelled", "order_status"),
    }
    key, step = keys.get(order.status, ("on_way", "logistics") if is_open(order) else ("", ""))
    if not key:
        return None
    text = case.words.say(f"return_exchange.{key}", order=order.number)
    return Outcome((case.offer(text, (case.button(step),)),))


def _ask_reason(case: Case, order: Order) -> Outcome:
    names = ("quality", "damaged", "wrong", "missing", "unwanted")
    buttons: tuple[Button, ...] = tuple(case.button(name) for name in names)
    text = case.words.say(_ASK_REASON, order=order.number, item=item_names(case, order))
    return ask(case, _ASK_REASON, text, buttons)


def _decide(case: Case, wish: _Wish) -> Outcome:
    days = case.clock.days_since(delivered_at(wish.order))
    unwanted = _is_unwanted(case, wish.reason)
    limit = case.policy.unwanted_days if unwanted else case.policy.faulty_days
    if days <= limit:
        return _register(case, wish)
    if unwanted:
        evidence = case.words.part("return_exchange.beyond", days=days, limit=limit)
        return Outcome(escalation=Escalation("policy", f"{wish.order.number}: {evidence}"))
    text = case.words.say("return_exchange.warranty_instead", order=wish.order.number, days=days)
    return Outcome((case.offer(text, (case.button("repair"),)),))


def _is_unwanted(case: Case, reason: str) -> bool:
    folded = plain(reason)
    return case.cues.found("unwanted", folded) and not case.cues.found("faulty", folded)


def _register(case: Case, wish: _Wish) -> Outcome:
    words = case.words
    kind = words.part(f"kind.{wish.kind}" if wish.kind in ("exchange", "refund") else "kind.return")
    lines = (
        words.say("ticket.reason", reason=wish.reason),
        words.say("ticket.items", items=item_names(case, wish.order)),
        words.say("ticket.by_bot"),
    )
    ticket = TicketDraft(
        subject=clip(words.say("ticket.return_exchange", kind=kind, order=wish.order.number), 200),
        body="\n".join(lines),
        type=wish.kind,
        order_ref=wish.order.number,
    )
    text = words.say("return_exchange.done", order=wish.order.number, kind=kind, reason=clip(wish.reason, 80))
    return Outcome((case.offer(text),), ticket=ticket)
