"""Takes a message for colleagues, word for word."""

from hub.bot.case import Case, clip
from hub.bot.dialogue import Move
from hub.bot.skills.skill import Given, Outcome, Parameter, ask
from hub.model.crm import TicketDraft

_ASK_MESSAGE = "ask.leave_message.message"
_BODY = 3_000


def _message(_: Case, move: Move) -> str:
    return clip(move.reading.text, _BODY) if move.asked == _ASK_MESSAGE else ""


def _contact(_: Case, move: Move) -> str:
    return next(iter((*move.reading.values("phone"), *move.reading.values("email"))), "")


class LeaveMessage:
    name = "leave_message"
    description = "Takes a message for colleagues; a phone number or e-mail may be in it."
    parameters = (
        Parameter("message", "The message, word for word.", _message),
        Parameter("contact", "A phone number or e-mail to answer to, if they gave one.", _contact),
    )

    def run(self, case: Case, given: Given) -> Outcome:
        if not given.get("message"):
            return ask(case, _ASK_MESSAGE, case.words.say(_ASK_MESSAGE))
        return _register(case, given["message"], given.get("contact", ""))


def _register(case: Case, message: str, contact: str) -> Outcome:
    words = case.words
    lines = [words.say("ticket.contact", contact=contact)] if contact else []
    ticket = TicketDraft(
        subject=clip(words.say("ticket.leave_message"), 200),
        body="\n".join([message, *lines, words.say("ticket.by_bot")]),
        type="message",
    )
    hours = words.part("opening_hours.hours")
    key = "leave_message.done_contact" if contact else "leave_message.done"
    return Outcome((case.offer(words.say(key, hours=hours, contact=contact)),), ticket=ticket)
