"""The short exchanges around the matter: who are you, thanks, all right, that didn't help."""

from hub.bot.case import Case
from hub.bot.skills.skill import Given, Outcome, Parameter


class WhoAreYou:
    name = "who_are_you"
    description = "Says honestly that this is an automatic assistant, and what it can do."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        buttons = tuple(case.button(n) for n in ("logistics", "return_exchange", "product_help"))
        return Outcome((case.offer(case.words.say("small.who"), buttons),))


class ThanksBye:
    name = "thanks_bye"
    description = "Answers thanks or a goodbye, briefly."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        return Outcome((case.say("small.bye_named" if case.who else "small.bye", who=case.who),))


class Ack:
    name = "ack"
    description = "Answers a mere acknowledgement, briefly."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        return Outcome((case.say("small.ack"),))


class NotHelped:
    name = "not_helped"
    description = (
        "The last answer did not help: offers to look together by video, a repair, a person. Twice in a row calls one."
    )
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        about_product = "product_help.source" in case.dialogue.said[-2:]
        repair = (case.button("repair"),) if about_product else ()
        if about_product and case.turn.can_call and case.turn.anyone_online:
            says = case.offer(case.words.say("small.not_helped_video"), (case.video(), *repair))
        else:
            says = case.offer(case.words.say("small.not_helped"), repair)
        return Outcome((says,), sure=False)
