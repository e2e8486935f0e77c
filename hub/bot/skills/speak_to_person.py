"""Gives the conversation over to a person, because the customer asked for one."""

from hub.bot.case import Case
from hub.bot.skills.skill import Escalation, Given, Outcome, Parameter


class SpeakToPerson:
    name = "speak_to_person"
    description = "Hands the conversation over to a person. Use it whenever the customer asks for one, in any wording."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        words = case.reading.text if case.dialogue.moves else ""
        return Outcome(escalation=Escalation("asked", case.quote(words)))
