"""Answers out of the knowledge base: the section, and which article it is from."""

from collections.abc import Sequence

from hub.bot.case import LABEL_CHARS, Case, clip
from hub.bot.knowledge import Entry, Hit
from hub.bot.policy import MATTERS, SUBJECTS
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


RELATED = 2
CLOSE = 0.15


def answer_from(case: Case, articles: frozenset[str], buttons: tuple[Button, ...] = ()) -> Outcome:
    """The section of these articles that fits best, or their first one."""
    hits = case.shelf.search(case.reading.folded, case.owned, articles)
    entry = hits[0].entry if hits else case.shelf.section(min(articles), 0)
    return Outcome((shown(case, entry, buttons),)) if entry else no_idea(case)


def answered(case: Case, hits: Sequence[Hit], buttons: tuple[Button, ...] = ()) -> Outcome:
    """The best hit, and a button for each section that fits nearly as well."""
    near = [h.entry for h in hits[1:] if hits[0].score - h.score <= CLOSE][:RELATED]
    related = tuple(section_button(e) for e in near)
    return Outcome((shown(case, hits[0].entry, (*related, *buttons)),))


def shown(case: Case, entry: Entry, buttons: tuple[Button, ...] = ()) -> ButtonsContent:
    """A section with its heading and its source."""
    source = case.words.say("product_help.source" if entry.models else "faq.source", title=entry.title)
    step = NEXT_STEP.get(entry.article)
    more = (case.button(step),) if step else ()
    return case.offer(f"**{entry.heading}**\n{entry.body}\n\n{source}", (*buttons, *more))


def section_button(entry: Entry) -> Button:
    """Pressing it asks for that section by its heading, with the model for a manual's."""
    model = min(entry.models, key=len) + " " if entry.models else ""
    return Button(label=clip(entry.heading, LABEL_CHARS), value=f"{model}{entry.heading}"[:500])


def found(case: Case, least: float, articles: frozenset[str] | None = None) -> list[Hit]:
    """The sections that score at least `least` for the customer's words, best first."""
    hits = case.shelf.search(case.reading.folded, case.owned, articles)
    return [h for h in hits if h.evidence >= least]


def least_score(case: Case) -> float:
    """What a section must score to answer; the surer the classifier that it is a question for us, the less."""
    start, slope = case.policy.zh_score if case.language == "zh" else case.policy.en_score
    return start - slope * case.reading.guess.p_of(SUBJECTS)


def no_account(case: Case, part: str = "orders") -> Outcome | None:
    """What to say when `part` of the account can't be shown, None when it can. A rule of the shop may still help."""
    key = case.account.problem_with(part)
    if not key:
        return None
    # Of this matter: "where" alone would bring up where the manuals are.
    matter = frozenset(article for article, step in NEXT_STEP.items() if step == case.reading.intent)
    hits = found(case, case.policy.aside_score, matter) if matter else []
    more = (shown(case, hits[0].entry),) if hits else ()
    return Outcome((case.offer(case.words.say(key)), *more))


def no_idea(case: Case) -> Outcome:
    """The honest answer when nothing fits, with the likeliest guesses to press."""
    guess = case.reading.guess
    if guess.intent == "other":
        return Outcome((case.offer(case.words.say("unsure.off_topic"), _usual(case)),), sure=False)
    near = found(case, case.policy.guess_score)[:RELATED]
    buttons = (
        *(section_button(h.entry) for h in near),
        *(case.button(n) for n, _ in guess.ranked[:2] if n in MATTERS),
    )
    if buttons:
        return Outcome((case.offer(case.words.say("unsure.guess"), buttons),), sure=False)
    return Outcome((case.offer(case.words.say("unsure.first"), _usual(case)),), sure=False)


def _usual(case: Case) -> tuple[Button, ...]:
    return tuple(case.button(n) for n in ("logistics", "return_exchange", "product_help"))
