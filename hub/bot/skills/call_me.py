"""A call back: to the number the customer gives, or the one on file once they agreed to it."""

from hub.bot.case import Case, clip
from hub.bot.dialogue import Move
from hub.bot.skills.skill import Given, Outcome, Parameter, ask
from hub.model.crm import TicketDraft

_ASK_PHONE = "ask.call_me.phone"
_CONFIRM = "ask.call_me.confirm"


def _phone(case: Case, move: Move) -> str:
    """A number in the line; a yes to the number on file."""
    if given := move.reading.values("phone"):
        return given[-1]
    return _on_file(case) if move.asked == _CONFIRM and case.cues.found("yes", move.reading.folded) else ""


class CallMe:
    name = "call_me"
    description = "Arranges a call back: asks for the phone number, then opens a ticket for colleagues."
    parameters = (Parameter("phone", "The number to call.", _phone),)

    def run(self, case: Case, given: Given) -> Outcome:
        phone = given.get("phone", "")
        if phone:
            return _register(case, phone)
        on_file = _on_file(case)
        if on_file and case.dialogue.asked not in (_CONFIRM, _ASK_PHONE):
            return ask(case, _CONFIRM, case.words.say(_CONFIRM, tail=on_file[-4:]))
        return ask(case, _ASK_PHONE, case.words.say(_ASK_PHONE))


def _on_file(case: Case) -> str:
    phones = case.account.customer.phones if case.account.customer else ()
    return next((p.e164 or p.raw for p in phones if p.e164 or p.raw), "")


def _register(case: Case, phone: str) -> Outcome:
    words, online = case.words, case.turn.anyone_online
    # All of it: "tomorrow after ten" is for a person to read.
    said = " / ".join(case.quote(m.reading.text) for m in case.dialogue.flow("call_me"))
    ticket = TicketDraft(
        subject=clip(words.say("ticket.call_me", phone=phone), 200),
        body="\n".join((words.say("ticket.said", text=said), words.say("ticket.by_bot"))),
        type="callback",
        priority="high",
    )
    hours = words.part("opening_hours.hours")
    when = words.part("call_me.when_online" if online else "call_me.when_offline", hours=hours)
    return Outcome((case.offer(words.say("call_me.done", phone=phone, when=when)),), ticket=ticket)
