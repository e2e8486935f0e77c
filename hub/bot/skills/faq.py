"""Questions about the shop's rules: delivery, returns, warranty, payment, membership, accounts."""

from hub.bot.case import Case
from hub.bot.skills.articles import answered, found, least_score, no_idea
from hub.bot.skills.skill import Given, Outcome, Parameter


class Faq:
    name = "faq"
    description = "Answers questions about delivery, returns, warranty, invoices, points, payment and accounts."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        least = least_score(case)
        hits = found(case, least, case.shelf.policies) or found(case, least)
        return answered(case, hits) if hits else no_idea(case)
