"""The default bot: offline, light, an adapter of the Bot port. One turn in, one answer out, nothing kept between.

    turn -> reading (language, intent, entities, mood) -> hand-over rules -> a skill -> answer

It knows two things only: what the CRM says about this customer, and the knowledge base. It shows account data only
to a proven customer, and it says so when it does not know.
"""

from datetime import tzinfo
from pathlib import Path

from hub.bot.account import Account
from hub.bot.adviser import looked_up, suggestions
from hub.bot.case import Case
from hub.bot.cues import Cues
from hub.bot.dialogue import Dialogue, Move, dialogue_of
from hub.bot.handoff import before_answering, handed_over, takes_any_text, waited
from hub.bot.knowledge import Knowledge
from hub.bot.language import conversation_language
from hub.bot.person import refuses_person
from hub.bot.plain import shortened
from hub.bot.policy import ASIDES, MATTERS, SUBJECTS, Policy
from hub.bot.reading import Reader, Reading
from hub.bot.skills import shipped
from hub.bot.skills.articles import answered, found, least_score, no_idea
from hub.bot.skills.skill import Escalation, Outcome, Skill, filled
from hub.bot.summary import Summaries
from hub.bot.when import SHANGHAI, Clock
from hub.bot.words import Catalogue
from hub.model.events import Insight
from hub.ports import Answer, Article, Spoken, Suggestion, Turn

LANGUAGE_LINES = 6
ENTITIES = 10
DROPPED_CHARS = 14


class DefaultBot:
    """Passes tests/contracts/test_bot.py. Loads once (about 0.1 s of CPU), then answers in about a millisecond."""

    def __init__(
        self,
        *,
        zone: tzinfo = SHANGHAI,
        policy: Policy | None = None,
        articles: Path | None = None,
    ) -> None:
        """`zone`: the shop's, for "good evening" and delivery times. `articles`: a folder with zh/*.md and en/*.md in
        place of the shipped ones."""
        self._zone = zone
        self._policy = policy or Policy()
        self._skills = shipped()
        self._catalogue = Catalogue.shipped()
        self._cues = Cues.shipped()
        self._knowledge = Knowledge(self._cues.words("stop", "words"), articles)
        self._reader = Reader.shipped()
        self._summaries = Summaries(self._reader, self._catalogue)

    async def answer(self, turn: Turn) -> Answer:
        """Never waits for anybody: all it needs is in `turn`."""
        case = self._case(turn)
        match turn.trigger:
            case "arrived":
                return Answer(says=self._skills["greet"].run(case, {}).says)
            case "handoff":
                return handed_over(case, Escalation("asked", case.words.say("button.person")))
            case "waited":
                return waited(case)
            case "message":
                return self._reply(case)

    def summarize(self, transcript: tuple[Spoken, ...], insights: tuple[Insight, ...], locale: str) -> str:
        return self._summaries.of(transcript, insights, locale)

    def suggest(self, turn: Turn) -> tuple[Suggestion, ...]:
        case = self._case(turn)
        if not case.dialogue.moves:
            return ()
        return suggestions(case, Outcome() if before_answering(case) else self._outcome(case))

    def search(self, words: str, locale: str, models: tuple[str, ...]) -> tuple[Article, ...]:
        return looked_up(self._knowledge, words, locale, models)

    def _case(self, turn: Turn) -> Case:
        dialogue = dialogue_of(turn.transcript, self._reader, self._catalogue)
        account = Account.of(turn)
        words = self._catalogue.of(_language(turn, account))
        return Case(
            turn=turn,
            language=words.language,
            words=words,
            clock=Clock(turn.now, self._zone, words),
            shelf=self._knowledge.shelf(words.language),
            policy=self._policy,
            cues=self._cues,
            account=account,
            dialogue=dialogue,
            reading=dialogue.moves[-1].reading if dialogue.moves else self._reader.read(""),
        )

    def _reply(self, case: Case) -> Answer:
        if not case.dialogue.moves:
            return Answer()
        insight = _insight(case)
        if escalation := before_answering(case):
            return _with(handed_over(case, escalation), insight)
        outcome = self._outcome(case)
        if escalation := outcome.escalation or _lost(case, outcome):
            return _with(handed_over(case, escalation), insight)
        return Answer(says=outcome.says, insight=insight, ticket=outcome.ticket)

    def _outcome(self, case: Case) -> Outcome:
        if case.turn.transcript[-1].file:
            return Outcome((case.offer(case.words.say("unsure.file")),), sure=False)
        if case.reading.empty and not takes_any_text(case):
            return Outcome((case.offer(case.words.say("unsure.empty")),), sure=False)
        if case.dialogue.asked and _dropped(case):
            return Outcome((case.offer(case.words.say("small.dropped")),))
        if refuses_person(case.reading, case.cues) and not takes_any_text(case):
            return Outcome((case.offer(case.words.say("small.no_person")),))
        if skill := self._chosen(case):
            return skill.run(case, filled(skill, case))
        # Nobody is sure what it is about; the knowledge base may still know the answer.
        hits = found(case, least_score(case))
        return answered(case, hits) if hits else no_idea(case)

    def _chosen(self, case: Case) -> Skill | None:
        reading = case.reading
        if (running := _running(case.dialogue)) and not _interrupts(case, running):
            return self._skills.get(running)
        if reading.guess.p < case.policy.sure and not _only_numbers(reading):
            return self._skills["product_help"] if _about_a_product(case) else None
        # handoff.py hands over when it is sure of that; short of it, the answer offers a person.
        return self._skills.get(reading.intent) if reading.intent != "speak_to_person" else None


def _dropped(case: Case) -> bool:
    """ "算了", "never mind" to a question of the bot's. A longer text is an answer, whatever words are in it."""
    return len(case.reading.folded) <= DROPPED_CHARS and case.cues.found("dropped", case.reading.folded)


def _running(dialogue: Dialogue) -> str:
    """The skill whose question the customer is answering, "" for none."""
    return dialogue.asked.split(".")[1] if dialogue.asked else ""


def _interrupts(case: Case, running: str) -> bool:
    """Is this line a new matter rather than the answer to the bot's question?"""
    reading = case.reading
    if takes_any_text(case) or _only_numbers(reading):
        return False
    return reading.intent in (MATTERS | ASIDES) - {running} and reading.guess.p >= case.policy.switch


def _about_a_product(case: Case) -> bool:
    """It names a product, and what it says of it may well be a question."""
    named = case.shelf.mentioned(case.reading.folded, case.owned)
    return bool(named) and case.reading.guess.p_of(SUBJECTS) >= case.policy.product_named


def _only_numbers(reading: Reading) -> bool:
    return bool(reading.entities) and len(reading.folded) <= sum(e.end - e.start for e in reading.entities) + 6


def _lost(case: Case, outcome: Outcome) -> Escalation | None:
    """Two turns in a row in which the bot could not help."""
    if outcome.sure or not case.dialogue.unsure_before:
        return None
    lines: list[Move] = list(case.dialogue.moves[-2:])
    return Escalation("unsure", " | ".join(case.quote(m.reading.text, 200) for m in lines))


def _language(turn: Turn, account: Account) -> str:
    """Of the newest line that tells; before any, of the page, or what the CRM knows."""
    lines = [shortened(s.text) for s in reversed(turn.transcript) if s.by == "customer"][:LANGUAGE_LINES]
    known = account.customer.language if account.customer else ""
    return conversation_language(lines, turn.locale or known)


def _insight(case: Case) -> Insight:
    reading = case.reading
    running = _running(case.dialogue)
    sure = reading.guess.p >= case.policy.sure
    return Insight(
        language=reading.language or case.language,
        intent=reading.intent if sure or not running else running,
        confidence=round(reading.guess.p, 3),
        sentiment=reading.sentiment,
        urgency=reading.urgency,
        entities=tuple((e.kind, e.value[:120]) for e in reading.entities[:ENTITIES]),
    )


def _with(answer: Answer, insight: Insight) -> Answer:
    return Answer(says=answer.says, insight=insight, handoff=answer.handoff)
