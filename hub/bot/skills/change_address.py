"""Delivery details may only be changed by a person, who checks who is asking: hands over with the order in question."""

from hub.bot.account import Account
from hub.bot.case import Case
from hub.bot.skills.articles import no_account
from hub.bot.skills.orders import ORDER, not_theirs
from hub.bot.skills.skill import Escalation, Given, Outcome
from hub.model.crm import Order


class ChangeAddress:
    name = "change_address"
    description = "Hands a wish to change address, recipient or delivery time to a person, with the order it is about."
    parameters = (ORDER,)

    def run(self, case: Case, given: Given) -> Outcome:
        if case.account.problem == "account.guest" and (stop := no_account(case)):
            return stop
        if stop := not_theirs(case, given) if not case.account.problem else None:
            return stop
        return Outcome(escalation=Escalation("policy", _evidence(case, _order(case.account, given))))


def _order(account: Account, given: Given) -> Order | None:
    return account.order(given.get("order", "")) or next(iter(account.open_orders), None)


def _evidence(case: Case, order: Order | None) -> str:
    if order is None:
        return case.words.say("change_address.evidence_any")
    status = case.words.part(f"order.{order.status}")
    return case.words.say("change_address.evidence", order=order.number, status=status)
