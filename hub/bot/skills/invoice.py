"""Invoices: how they work, and a ticket for one that is missing or wrong."""

from hub.bot.case import Case, clip
from hub.bot.dialogue import Move
from hub.bot.skills.articles import answer_from, no_account
from hub.bot.skills.orders import find_order, not_theirs
from hub.bot.skills.skill import Given, Outcome, Parameter, ask
from hub.model.crm import Order, TicketDraft

_ASK_TITLE = "ask.invoice.title"
_ARTICLES = frozenset({"invoices"})


def _order(case: Case, move: Move) -> str:
    # The name and tax number that were asked for may look like an order's number; only our own counts there.
    named = case.account.order_named_in(move.reading.folded)
    if move.asked == _ASK_TITLE:
        return named.number if named else ""
    return named.number if named else find_order(case, move)


def _title(case: Case, move: Move) -> str:
    return case.quote(move.reading.text) if move.asked == _ASK_TITLE else ""


class Invoice:
    name = "invoice"
    description = "Explains invoices, and requests one for an order: asks for the name it is made out to."
    parameters = (
        Parameter("order", "The order's number.", _order),
        Parameter("title", "The name (and tax number) the invoice is made out to.", _title),
    )

    def run(self, case: Case, given: Given) -> Outcome:
        if not given.get("order") and not given.get("title"):
            return _explain(case)
        if stop := no_account(case) or not_theirs(case, given):
            return stop
        order = case.account.order(given.get("order", ""))
        if order is None:
            return _explain(case)
        if order.status not in ("delivered", "shipped"):
            text = case.words.say("invoice.not_yet", order=order.number)
            return Outcome((case.offer(text),))
        if not given.get("title"):
            text = case.words.say(_ASK_TITLE, order=order.number)
            return ask(case, _ASK_TITLE, text, (case.button("personal"),))
        return _register(case, order, given["title"])


def _explain(case: Case) -> Outcome:
    delivered = [o for o in case.account.orders if o.status == "delivered"][:2]
    buttons = tuple(case.button("invoice_for", order=o.number) for o in delivered)
    return answer_from(case, _ARTICLES, buttons)


def _register(case: Case, order: Order, title: str) -> Outcome:
    words = case.words
    ticket = TicketDraft(
        subject=clip(words.say("ticket.invoice", order=order.number), 200),
        body="\n".join((words.say("ticket.invoice_title", title=title), words.say("ticket.by_bot"))),
        type="invoice",
        order_ref=order.number,
    )
    text = words.say("invoice.done", order=order.number, title=clip(title, 120))
    return Outcome((case.offer(text),), ticket=ticket)
