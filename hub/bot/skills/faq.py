"""Questions about the shop's rules: delivery, returns, warranty, payment, membership, accounts."""

from hub.bot.case import Case
from hub.bot.skills.articles import best, no_idea, shown
from hub.bot.skills.skill import Given, Outcome, Parameter


class Faq:
    name = "faq"
    description = "Answers questions about delivery, returns, warranty, invoices, points, payment and accounts."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        known = case.reading.sure_of(self.name, case.policy.sure)
        hit = best(case, case.policy.known_subject if known else case.policy.unknown_subject)
        return Outcome((shown(case, hit.entry),)) if hit else no_idea(case)
