"""What goes along with a hand-over and into the CRM: what was asked, the numbers, what was done, how it ended.

Extractive: the customer's own words in the language they were written in, our labels in the reader's.
"""

from collections.abc import Iterable, Sequence

from hub.bot.case import Case, clip
from hub.bot.plain import grams, overlap
from hub.bot.reading import Reader, Reading
from hub.bot.words import Catalogue, Words
from hub.model.events import Insight
from hub.model.frozen import frozen
from hub.model.insights import QUIET
from hub.ports import Spoken

LINES = 3
LINE_CHARS = 160
SUMMARY_CHARS = 1_800
HEAD, TAIL = 20, 60
_NUMBERS = ("order", "tracking", "ticket")
_CONTACTS = ("phone", "email")
_DONE = {
    "shipment.title": "logistics",
    "order.status_line": "order_status",
    "points.line": "points",
    "refund_status.ticket": "refund_status",
    "refund_status.returned": "refund_status",
    "ticket_status.line": "ticket_status",
    "product_help.source": "product_help",
    "faq.source": "faq",
    "account.guest": "guest",
    "account.unavailable": "unavailable",
    "account.not_yours": "not_yours",
    "leave_message.done_contact": "leave_message",
}


@frozen
class Told:
    """A session as the summary needs it."""

    customer: tuple[Reading, ...]
    agent: tuple[str, ...]
    keys: tuple[str, ...]
    last: str = ""
    """`solved`, `handed`, or "": how the last lines read."""


class Summaries:
    """Reads a transcript and tells it in a few lines."""

    def __init__(self, reader: Reader, catalogue: Catalogue) -> None:
        self._reader = reader
        self._catalogue = catalogue

    def of(self, transcript: Sequence[Spoken], insights: Sequence[Insight], locale: str) -> str:
        """In the language of `locale`; at most SUMMARY_CHARS characters."""
        words = self._catalogue.of(locale)
        told = self._told(_ends(transcript))
        if not told.customer and not told.agent:
            return words.say("summary.nothing")
        lines = [*_matter(told, insights, words), *_result(told, words)]
        return clip("\n".join(lines), SUMMARY_CHARS)

    def _told(self, transcript: Sequence[Spoken]) -> Told:
        customer = tuple(self._reader.read(line.text) for line in transcript if line.by == "customer")
        bot = [self._catalogue.key_of(line.text) for line in transcript if line.by == "bot"]
        agent = tuple(line.text for line in transcript if line.by == "agent")
        return Told(customer, agent, tuple(k for k in bot if k), self._ending(transcript, customer))

    def _ending(self, transcript: Sequence[Spoken], customer: tuple[Reading, ...]) -> str:
        if customer and customer[-1].intent == "thanks_bye" and customer[-1].sentiment >= 0:
            return "solved"
        after = [line for line in transcript[-4:] if line.by != "customer"]
        handed = bool(after) and self._catalogue.key_of(after[-1].text).startswith("handoff.")
        return "handed" if handed else ""


def summary_of(case: Case) -> str:
    """For the agent who takes over: the present stretch, with the customer's name and level."""
    told = Told(tuple(m.reading for m in case.dialogue.moves), (), case.dialogue.said, "handed")
    who = " · ".join(part for part in (case.who, case.tier) if part)
    lines = [case.words.say("summary.customer", who=who)] if who else []
    lines += _matter(told, case.turn.insights, case.words)
    lines += _done(told, case.words)
    return clip("\n".join(lines) or case.words.say("summary.nothing"), SUMMARY_CHARS)


def tried(keys: Iterable[str], words: Words) -> tuple[str, ...]:
    """What the bot did, in words, each once."""
    names = (_DONE.get(key) or key.removesuffix(".done") for key in keys if key in _DONE or key.endswith(".done"))
    return tuple(words.part(f"done.{name}") for name in dict.fromkeys(names) if f"done.{name}" in words.keys)


def _ends(transcript: Sequence[Spoken]) -> list[Spoken]:
    """The start and the end of a long session; the middle seldom decides."""
    if len(transcript) <= HEAD + TAIL:
        return list(transcript)
    return [*transcript[:HEAD], *transcript[-TAIL:]]


def _matter(told: Told, insights: Sequence[Insight], words: Words) -> list[str]:
    lines = []
    if asked := _asked(told.customer):
        quoted = (words.part("summary.quote", line=clip(" ".join(r.text.split()), LINE_CHARS)) for r in asked)
        lines.append(words.say("summary.asked", lines=words.part("summary.join").join(quoted)))
    if intents := _intents(told.customer, insights, words):
        lines.append(words.say("summary.about", intents=words.part("order.join").join(intents)))
    if numbers := _values(told.customer, insights, _NUMBERS):
        lines.append(words.say("summary.numbers", numbers=words.part("order.join").join(numbers)))
    if contacts := _values(told.customer, insights, _CONTACTS):
        lines.append(words.say("summary.contact", contacts=words.part("order.join").join(contacts)))
    return [*lines, *_mood(told.customer, words)]


def _result(told: Told, words: Words) -> list[str]:
    lines = _done(told, words)
    if told.agent:
        lines.append(words.say("summary.agent", line=clip(" ".join(_telling(told.agent).split()), LINE_CHARS)))
    ticket = any(key.endswith((".done", ".done_contact")) for key in told.keys)
    outcome = told.last or ("ticket" if ticket else "open")
    return [*lines, words.say("summary.outcome", outcome=words.part(f"summary.{outcome}"))]


def _done(told: Told, words: Words) -> list[str]:
    did = tried(told.keys, words)
    return [words.say("summary.done", done=words.part("order.join").join(did))] if did else []


def _asked(readings: Sequence[Reading]) -> list[Reading]:
    """The lines that carry the matter, in order, none twice: the first, and the ones that say most."""
    telling = [r for r in readings if r.intent not in QUIET and not r.empty] or [r for r in readings if not r.empty][
        -1:
    ]
    distinct: list[Reading] = []
    for reading in telling:
        if all(overlap(grams(reading.folded), grams(d.folded)) < 0.6 for d in distinct):
            distinct.append(reading)
    best = sorted(distinct[1:], key=_says, reverse=True)[: LINES - 1]
    return [r for i, r in enumerate(distinct) if i == 0 or any(r is b for b in best)]


def _says(reading: Reading) -> float:
    """How much a line tells: its length up to a point, numbers, and a clear intent."""
    return min(len(reading.folded), 60) / 20 + 2 * len(reading.entities[:3]) + reading.guess.p


def _intents(readings: Sequence[Reading], insights: Sequence[Insight], words: Words) -> list[str]:
    noticed = [i.intent for i in insights] or [r.intent for r in readings if r.guess.p >= 0.45]
    names = [n for n in dict.fromkeys(noticed) if n not in QUIET and n != "other" and f"intent.{n}" in words.keys]
    return [words.part(f"intent.{n}") for n in names[:5]]


def _values(readings: Sequence[Reading], insights: Sequence[Insight], kinds: Sequence[str]) -> list[str]:
    noticed = [v for i in insights for k, v in i.entities if k in kinds]
    read = [v for r in readings for k in kinds for v in r.values(k)]
    return list(dict.fromkeys([*noticed, *read]))[:6]


def _mood(readings: Sequence[Reading], words: Words) -> list[str]:
    last = [r.sentiment for r in readings[-3:]]
    if not last or min(last) > -0.4:
        return []
    sinking = len(last) == 3 and last[0] > last[1] > last[2]
    return [words.say("summary.mood", mood=words.part("summary.falling" if sinking else "summary.negative"))]


def _telling(lines: Sequence[str]) -> str:
    """The agent's last line that says something: not "you're welcome"."""
    return next((line for line in reversed(lines) if len(line.strip()) >= 12), lines[-1])
