"""Cancels what has not left yet: a ticket that colleagues act on before dispatch."""

from hub.bot.cards import item_names
from hub.bot.case import Case, clip
from hub.bot.skills.articles import no_account
from hub.bot.skills.orders import ORDER, not_theirs, order_buttons
from hub.bot.skills.skill import Given, Outcome, ask
from hub.model.crm import Order, TicketDraft

_CANCELLABLE = ("pending", "paid", "packed")
_ASK_ORDER = "ask.cancel_order.order"


class CancelOrder:
    name = "cancel_order"
    description = "Requests the cancellation of an order that has not been dispatched."
    parameters = (ORDER,)

    def run(self, case: Case, given: Given) -> Outcome:
        if stop := no_account(case) or not_theirs(case, given):
            return stop
        account = case.account
        if named := account.order(given.get("order", "")):
            return _decide(case, named)
        fitting = [o for o in account.orders if o.status in _CANCELLABLE]
        if len(fitting) == 1:
            return _decide(case, fitting[0])
        if fitting:
            return ask(case, _ASK_ORDER, case.words.say(_ASK_ORDER), order_buttons(case, fitting))
        if still := account.open_orders:
            return _decide(case, still[0])
        return Outcome((case.offer(case.words.say("cancel_order.none_open"), (case.button("return_exchange"),)),))


def _decide(case: Case, order: Order) -> Outcome:
    words = case.words
    if order.status in _CANCELLABLE:
        return _register(case, order)
    if order.status == "shipped":
        text, step = words.say("cancel_order.shipped", order=order.number), "logistics"
    elif order.status == "delivered":
        text, step = words.say("cancel_order.delivered", order=order.number), "return_exchange"
    else:
        status = words.part(f"order.{order.status}")
        text, step = words.say("cancel_order.already", order=order.number, status=status), "refund_status"
    return Outcome((case.offer(text, (case.button(step),)),))


def _register(case: Case, order: Order) -> Outcome:
    words = case.words
    lines = (
        words.say("ticket.said", text=case.quote(case.reading.text)),
        words.say("ticket.items", items=item_names(case, order)),
        words.say("ticket.by_bot"),
    )
    ticket = TicketDraft(
        subject=clip(words.say("ticket.cancel_order", order=order.number), 200),
        body="\n".join(lines),
        type="cancel",
        priority="high",
        order_ref=order.number,
    )
    return Outcome((case.offer(words.say("cancel_order.done", order=order.number)),), ticket=ticket)
