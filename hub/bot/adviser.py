"""What the bot knows, for the agent who writes: its own answer as a draft, and the knowledge base to look things up."""

from hub.bot.case import Case
from hub.bot.knowledge import Hit, Knowledge
from hub.bot.plain import plain
from hub.bot.skills.articles import found
from hub.bot.skills.skill import Outcome
from hub.ports import Article, Suggestion

DRAFTS = 4
ARTICLES = 10


def suggestions(case: Case, outcome: Outcome) -> tuple[Suggestion, ...]:
    """What the bot would say, unless only people may or it is not sure; then the sections that fit."""
    drafts: dict[str, Suggestion] = {}
    if outcome.sure and outcome.escalation is None:
        for said in outcome.says:
            drafts.setdefault(said.text, Suggestion(said.text, case.reading.intent))
    for hit in found(case, case.policy.guess_score):
        if not any(hit.entry.body in text for text in drafts):
            drafts.setdefault(hit.entry.body, Suggestion(hit.entry.body, f"{hit.entry.title} · {hit.entry.heading}"))
    return tuple(drafts.values())[:DRAFTS]


def looked_up(knowledge: Knowledge, words: str, locale: str, models: tuple[str, ...]) -> tuple[Article, ...]:
    """Sections for `words`, best first."""
    hits = knowledge.shelf(locale).search(plain(words), models)
    return tuple(_article(hit) for hit in hits[:ARTICLES])


def _article(hit: Hit) -> Article:
    entry = hit.entry
    model = min(entry.models, default="")
    return Article(entry.title, entry.heading, entry.body, model, round(max(hit.score, 0.0), 3))
