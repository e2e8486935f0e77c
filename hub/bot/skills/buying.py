"""Before buying: what a product can do, from its manual; prices and stock are not ours to guess."""

from hub.bot.case import Case
from hub.bot.skills.articles import answered, found, least_score
from hub.bot.skills.skill import Given, Outcome, Parameter


class Buying:
    name = "buying"
    description = "Answers questions before buying: coupons, sizes, capacities. Knows no live prices or stock."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        live = case.cues.found("live", case.reading.folded)
        hits = [] if live else found(case, least_score(case))
        if hits:
            return answered(case, hits)
        return Outcome((case.offer(case.words.say("buying.general")),))
