"""When the bot gives the conversation to people, and what goes along. Each decision names its reason and evidence.

bot.md's rules, in the order in which they are asked: danger, legal words, asked for a person, a mood that sinks, the
same question again and again, a very important customer, a complaint. (Two unsure turns in a row, and what is
beyond policy, are known only after a skill has run: see default.py.)
"""

from collections.abc import Callable, Sequence

from hub.bot.case import Case, clip
from hub.bot.dialogue import RECENT_MS
from hub.bot.person import asks_for_person
from hub.bot.plain import grams, overlap, tokens
from hub.bot.reading import Reading
from hub.bot.skills.skill import Escalation
from hub.bot.summary import summary_of, tried
from hub.model.content import Button, ButtonsContent
from hub.ports import Answer, Handoff

SAFETY = "safety"
_EVIDENCE = 480
_SMALL_TALK = frozenset({"greet", "ack", "thanks_bye", "who_are_you"})


def before_answering(case: Case) -> Escalation | None:
    """The first rule that wants a person now, None when the bot may answer."""
    rules: Sequence[Callable[[Case], Escalation | None]] = (
        _danger,
        _legal,
        _asked,
        _sinking,
        _repeated,
        _important,
        _complaint,
    )
    return next((found for rule in rules if (found := rule(case))), None)


def _danger(case: Case) -> Escalation | None:
    """Fire, smoke, electric shock: somebody may get hurt."""
    if case.cues.found("danger", case.reading.folded):
        return Escalation("priority", case.quote(case.reading.text))
    return None


def _legal(case: Case) -> Escalation | None:
    reading = case.reading
    if reading.sure_of("ticket_status", case.policy.complaint):
        return None  # "how far is my complaint" asks; it does not complain
    return Escalation("complaint", case.quote(reading.text)) if case.cues.found("legal", reading.folded) else None


def _complaint(case: Case) -> Escalation | None:
    """Without one of those words, by its sound. As an answer to a question ("why? - it is rubbish") it is none."""
    felt = not case.dialogue.asked and case.reading.sure_of("complaint", case.policy.complaint)
    return Escalation("complaint", case.quote(case.reading.text)) if felt else None


def _asked(case: Case) -> Escalation | None:
    if takes_any_text(case) and len(tokens(case.reading.folded)) > 8:
        return None  # a message for colleagues may well speak of people
    if asks_for_person(case.reading, case.cues, case.policy.wants_person):
        return Escalation("asked", case.quote(case.reading.text))
    return None


def takes_any_text(case: Case) -> bool:
    """Did the bot ask for a text of which every word is to be kept?"""
    return case.dialogue.asked == "ask.leave_message.message"


def _repeated(case: Case) -> Escalation | None:
    """The same question again, twice: the answer did not help, whatever the bot thinks of it."""
    if case.reading.intent in _SMALL_TALK or case.dialogue.asked or len(case.reading.folded) < 3:
        return None
    since = case.move.at - RECENT_MS
    same = [m.reading for m in case.dialogue.moves[:-1] if m.at >= since and _same(case, m.reading)]
    if len(same) < case.policy.repeats:
        return None
    return Escalation("repeated", " | ".join(case.quote(r.text, 120) for r in (*same, case.reading)))


def _same(case: Case, earlier: Reading) -> bool:
    now, policy = case.reading, case.policy
    alike = overlap(grams(now.folded), grams(earlier.folded))
    sure = now.sure_of(earlier.intent, policy.sure) and earlier.guess.p >= policy.sure
    return alike >= (policy.same_intent if sure else policy.same_question)


def _sinking(case: Case) -> Escalation | None:
    last = [m.reading.sentiment for m in case.dialogue.moves[-3:]]
    if len(last) < 3 or not last[0] > last[1] > last[2]:
        return None
    if last[2] > case.policy.falling_to or last[0] - last[2] < case.policy.falling_by:
        return None
    return Escalation("sentiment", " → ".join(f"{s:+.2f}" for s in last))


def _important(case: Case) -> Escalation | None:
    """By rule: a top-level customer with trouble goes to a person at once, if one is there."""
    customer = case.account.customer
    if customer is None or customer.tier not in case.policy.vip_tiers or not case.turn.anyone_online:
        return None
    trouble = case.reading.intent in case.policy.vip_intents and case.reading.guess.p >= case.policy.sure
    if trouble or case.reading.sentiment <= case.policy.upset:
        return Escalation("priority", f"{customer.tier}: {case.quote(case.reading.text)}")
    return None


def handed_over(case: Case, escalation: Escalation) -> Answer:
    """The one hand-over message, honest about whether anybody is there, and what goes along."""
    opening = SAFETY if escalation.reason == "priority" and _danger(case) else escalation.reason
    handoff = Handoff(
        reason=escalation.reason,
        evidence=clip(escalation.evidence, _EVIDENCE),
        summary=summary_of(case),
        tried=tried(case.dialogue.said, case.words),
    )
    return Answer(says=(message(case, opening),), handoff=handoff)


def message(case: Case, opening: str) -> ButtonsContent:
    words, online = case.words, case.turn.anyone_online
    tail = words.say("handoff.online" if online else "handoff.offline", hours=words.part("opening_hours.hours"))
    ways = () if online else (case.button("leave_message"), case.button("call_me"))
    text = words.say(f"handoff.open.{opening}") + tail
    return ButtonsContent(text=text, buttons=(*ways, back(case)))


def waited(case: Case) -> Answer:
    """The customer has waited long: say so, and offer other ways."""
    words = case.words
    key = "handoff.waited" if case.turn.anyone_online else "handoff.waited_offline"
    text = words.say(key, hours=words.part("opening_hours.hours"))
    ways = tuple(case.button(n) for n in ("keep_waiting", "leave_message", "call_me"))
    return Answer(says=(ButtonsContent(text=text, buttons=(*ways, back(case))),))


def back(case: Case) -> Button:
    """Back to the bot: the customer may cancel a hand-over at any time."""
    return Button(label=case.words.say("button.back"), action="handoff_cancel")
