"""When people are here, and whether somebody is here now."""

from hub.bot.case import Case
from hub.bot.skills.articles import shown
from hub.bot.skills.skill import Given, Outcome, Parameter

_ARTICLE = frozenset({"hours"})


class OpeningHours:
    name = "opening_hours"
    description = "Tells when people answer, whether somebody is online now, and where the shop is."
    parameters: tuple[Parameter, ...] = ()

    def run(self, case: Case, given: Given) -> Outcome:
        hits = case.shelf.search(case.reading.folded, (), _ARTICLE)
        entry = hits[0].entry if hits else case.shelf.section("hours", 0)
        online = case.turn.anyone_online
        now = case.words.say("opening_hours.online" if online else "opening_hours.offline")
        if entry is None:
            return Outcome((case.offer(case.joined(case.words.say("opening_hours.hours"), now)),))
        buttons = () if online else (case.button("leave_message"), case.button("call_me"))
        article = shown(case, entry, buttons)
        text = f"{now}\n\n{article.text}" if entry.section == 0 else article.text
        return Outcome((article.model_copy(update={"text": text}),))
