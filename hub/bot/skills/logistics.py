"""Where is my parcel: the newest order that is not delivered, or the one that was named, with its trail."""

from hub.bot.account import current_parcel, delivered_at, is_open
from hub.bot.cards import late, order_card, shipment_card
from hub.bot.case import Case
from hub.bot.skills.articles import no_account
from hub.bot.skills.orders import ORDER, not_theirs, order_buttons
from hub.bot.skills.skill import Given, Outcome
from hub.model.content import Button
from hub.model.crm import Order, Shipment
from hub.ports import Said


class Logistics:
    name = "logistics"
    description = "Shows where a parcel is and when it arrives, with its trail."
    parameters = (ORDER,)

    def run(self, case: Case, given: Given) -> Outcome:
        if stop := no_account(case) or not_theirs(case, given):
            return stop
        account = case.account
        if named := account.order(given.get("order", "")):
            return Outcome(self._about(case, named))
        if not account.orders:
            return Outcome((case.offer(case.words.say("account.no_orders")),))
        still = account.open_orders
        if not still:
            return Outcome(self._all_done(case, account.orders[0]))
        return Outcome(self._about(case, still[0], still[1:]))

    def _about(self, case: Case, order: Order, others: tuple[Order, ...] = ()) -> tuple[Said, ...]:
        buttons = (*order_buttons(case, others)[:3], case.person())
        card = shipment_card(case, order, buttons) if order.shipments else order_card(case, order, buttons)
        line = _line(case, order)
        more = case.words.say("order.more", count=len(others)) if others else ""
        return case.text(line, more), card

    def _all_done(self, case: Case, newest: Order) -> tuple[Said, ...]:
        if newest.status != "delivered":
            status = case.words.part(f"order.{newest.status}")
            text = case.words.say("shipment.all_done", order=newest.number, status=status)
            return (case.offer(text, (case.button("order_status"),)),)
        when = case.clock.date(delivered_at(newest))
        text = case.words.say("shipment.all_delivered", order=newest.number, when=when)
        return case.text(_missing(case, text)), shipment_card(case, newest, _after(case))


def eta_part(case: Case, parcel: Shipment) -> str:
    """ ", expected by tomorrow 18:00", or that it is late; "" when nothing is known."""
    if not parcel.eta or parcel.status in ("delivered", "returned", "exception"):
        return ""
    key = "shipment.late" if late(case, parcel) else "shipment.by"
    return case.words.part(key, when=case.clock.moment(parcel.eta))


def _line(case: Case, order: Order) -> str:
    words, parcel = case.words, current_parcel(order)
    if not is_open(order):
        if order.status != "delivered":
            status = words.part(f"order.{order.status}")
            return words.say("order.status_line", who=case.address, order=order.number, status=status)
        return _missing(case, words.say("shipment.delivered_line", order=order.number))
    if parcel is None and order.status == "shipped":
        return words.say("shipment.untracked", who=case.address, order=order.number)
    if parcel is None or parcel.status == "pending":
        status = words.part(f"order.{order.status}")
        return words.say("shipment.not_shipped", who=case.address, order=order.number, status=status)
    if parcel.status == "exception":
        return words.say("shipment.exception_line", who=case.address, order=order.number)
    status = words.part(f"moving.{parcel.status}")
    return words.say("shipment.line", who=case.address, order=order.number, status=status, eta=eta_part(case, parcel))


def _missing(case: Case, text: str) -> str:
    """ "Delivered" is no comfort to somebody who has nothing in hand."""
    if case.cues.found("not_received", case.reading.folded):
        return case.joined(text, case.words.say("shipment.missing_parcel"))
    return text


def _after(case: Case) -> tuple[Button, ...]:
    return (case.button("order_status"), case.button("return_exchange"), case.person())
