"""The state of an order: the newest, or the one that was named."""

from hub.bot.cards import order_card
from hub.bot.case import Case
from hub.bot.skills.articles import no_account
from hub.bot.skills.orders import ORDER, not_theirs, order_buttons
from hub.bot.skills.skill import Given, Outcome
from hub.model.content import Button
from hub.model.crm import Order


class OrderStatus:
    name = "order_status"
    description = "Shows the status and contents of an order, or the newest one, with the others to choose from."
    parameters = (ORDER,)

    def run(self, case: Case, given: Given) -> Outcome:
        if stop := no_account(case) or not_theirs(case, given):
            return stop
        orders = case.account.orders
        if not orders:
            return Outcome((case.offer(case.words.say("account.no_orders")),))
        order = case.account.order(given.get("order", "")) or orders[0]
        status = case.words.part(f"order.{order.status}")
        line = case.words.say("order.status_line", who=case.address, order=order.number, status=status)
        return Outcome((case.text(line), order_card(case, order, _buttons(case, order))))


def _buttons(case: Case, order: Order) -> tuple[Button, ...]:
    others = [o for o in case.account.orders if o is not order]
    next_step = {"pending": "cancel_order", "paid": "cancel_order", "delivered": "return_exchange"}
    step = next_step.get(order.status, "logistics")
    return (case.button(step), *order_buttons(case, others)[:2], case.person())
