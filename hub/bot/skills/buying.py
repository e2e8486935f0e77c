"""Before buying: what a product can do, from its manual; prices and stock are not ours to guess."""

from hub.bot.case import Case
from hub.bot.knowledge import Entry, Manual
from hub.bot.skills.articles import answered, found, least_score, shown
from hub.bot.skills.skill import Given, Outcome, Parameter

_COMPARED = 3


class Buying:
    name = "buying"
    description = "Answers questions before buying: coupons, sizes, capacities. Knows no live prices or stock."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        folded = case.reading.folded
        general = Outcome((case.offer(case.words.say("buying.general")),))
        if case.cues.found("live", folded):
            return general
        named = case.shelf.named(folded)
        # Who chooses a kettle is told what kettles there are, and not how one is repaired that has a word in common.
        hits = found(case, case.policy.aside_score if named else least_score(case), case.shelf.policies)
        facts = [(m, entry) for m in named if (entry := case.shelf.facts(m))][:_COMPARED]
        if hits or not facts:
            return answered(case, hits) if hits else general
        return Outcome((shown(case, facts[0][1]) if len(facts) == 1 else case.offer(_side_by_side(case, facts)),))


def _side_by_side(case: Case, facts: list[tuple[Manual, Entry]]) -> str:
    return "\n\n".join([*(f"**{m.product}**\n{e.body}" for m, e in facts), case.words.say("buying.general")])
