"""The customer's points and level."""

from hub.bot.cards import points_card
from hub.bot.case import Case
from hub.bot.skills.articles import no_account
from hub.bot.skills.skill import Given, Outcome, Parameter


class Points:
    name = "points"
    description = "Shows the customer's points balance and membership level."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        if stop := no_account(case, "points"):
            return stop
        customer = case.account.customer
        if customer is None or customer.points is None:
            return Outcome((case.offer(case.words.say("account.lacks_points")),))
        tier = case.words.part("points.tier_part", tier=case.tier) if case.tier else ""
        line = case.words.say("points.line", who=case.address, points=f"{customer.points:,}", tier=tier)
        buttons = (case.button("use_points"), case.person())
        return Outcome((case.text(line), points_card(case, customer, buttons)))
