"""Where is my refund: an open ticket about it, or a return that has arrived."""

from hub.bot.cards import order_card, ticket_card
from hub.bot.case import Case
from hub.bot.skills.articles import no_account
from hub.bot.skills.orders import ORDER, not_theirs
from hub.bot.skills.skill import Given, Outcome
from hub.model.crm import Order, Ticket

_TYPES = frozenset({"return", "exchange", "refund", "cancel"})


class RefundStatus:
    name = "refund_status"
    description = "Tells where a refund or a return stands."
    parameters = (ORDER,)

    def run(self, case: Case, given: Given) -> Outcome:
        if stop := no_account(case) or not_theirs(case, given):
            return stop
        wanted = case.account.order(given.get("order", ""))
        if ticket := _open_ticket(case, wanted):
            card = ticket_card(case, ticket, (case.person(),))
            return Outcome((case.say("refund_status.ticket"), card))
        if order := _returned(case, wanted):
            line = case.words.say("refund_status.returned", order=order.number)
            return Outcome((case.text(line), order_card(case, order, (case.person(),))))
        return Outcome((case.offer(case.words.say("refund_status.none"), (case.button("return_exchange"),)),))


def _open_ticket(case: Case, order: Order | None) -> Ticket | None:
    still = (t for t in case.account.tickets if t.status in ("open", "pending") and t.type in _TYPES)
    return next((t for t in still if order is None or t.order_ref == order.number), None)


def _returned(case: Case, order: Order | None) -> Order | None:
    if order:
        return order if order.status == "returned" else None
    return next((o for o in case.account.orders if o.status == "returned"), None)
