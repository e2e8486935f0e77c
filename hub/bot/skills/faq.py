"""Questions about the shop's rules: delivery, returns, warranty, payment, membership, accounts."""

from hub.bot.case import Case
from hub.bot.skills.articles import answered, found, least_score, no_idea
from hub.bot.skills.skill import Given, Outcome, Parameter


class Faq:
    name = "faq"
    description = "Answers questions about delivery, returns, warranty, invoices, points, payment and accounts."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        hits = found(case, case.policy.known_subject, case.shelf.policies) or found(case, least_score(case))
        return answered(case, hits) if hits else no_idea(case)
