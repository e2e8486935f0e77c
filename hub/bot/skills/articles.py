"""Answers out of the knowledge base: the section, and which article it is from."""

from hub.bot.case import Case
from hub.bot.knowledge import Entry, Hit
from hub.bot.policy import MATTERS
from hub.bot.skills.skill import Outcome
from hub.model.content import Button, ButtonsContent

NEXT_STEP = {
    "shipping": "logistics",
    "returns": "return_exchange",
    "refunds": "refund_status",
    "warranty": "repair",
    "points": "points",
    "orders": "order_status",
}


def answer_from(case: Case, articles: frozenset[str], buttons: tuple[Button, ...] = ()) -> Outcome:
    """The section of these articles that fits best, or their first one."""
    hits = case.shelf.search(case.reading.folded, case.owned, articles)
    entry = hits[0].entry if hits else case.shelf.section(min(articles), 0)
    if entry is None:
        return no_idea(case)
    return Outcome((shown(case, entry, buttons),))


def shown(case: Case, entry: Entry, buttons: tuple[Button, ...] = ()) -> ButtonsContent:
    """A section with its heading and its source."""
    source = case.words.say("product_help.source" if entry.models else "faq.source", title=entry.title)
    step = NEXT_STEP.get(entry.article)
    more = (case.button(step),) if step and not buttons else ()
    return case.offer(f"**{entry.heading}**\n{entry.body}\n\n{source}", (*buttons, *more))


def best(case: Case, least: float) -> Hit | None:
    """The best section for the customer's words, if it scores at least `least`."""
    hits = case.shelf.search(case.reading.folded, case.owned)
    return hits[0] if hits and hits[0].score >= least else None


def no_idea(case: Case) -> Outcome:
    """The honest answer when nothing fits, with the likeliest guesses to press."""
    names = [n for n in (case.reading.guess.intent, case.reading.guess.second) if n in MATTERS]
    if case.reading.intent == "other":
        return Outcome((case.offer(case.words.say("unsure.off_topic"), _usual(case)),), sure=False)
    if names:
        buttons = tuple(case.button(n) for n in names)
        return Outcome((case.offer(case.words.say("unsure.guess"), buttons),), sure=False)
    return Outcome((case.offer(case.words.say("unsure.first"), _usual(case)),), sure=False)


def _usual(case: Case) -> tuple[Button, ...]:
    return tuple(case.button(n) for n in ("logistics", "return_exchange", "product_help"))
