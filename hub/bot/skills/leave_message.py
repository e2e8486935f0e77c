"""Takes a message for colleagues, word for word."""

from hub.bot.case import Case, clip
from hub.bot.dialogue import Move
from hub.bot.skills.skill import Given, Outcome, Parameter, ask
from hub.model.crm import TicketDraft

_ASK_MESSAGE = "ask.leave_message.message"
_ASK_CONTACT = "ask.leave_message.contact"
_BODY = 3_000


def _message(_: Case, move: Move) -> str:
    return clip(move.reading.text, _BODY) if move.asked == _ASK_MESSAGE else ""


def _contact(_: Case, move: Move) -> str:
    """A phone number or address; any other answer to the question for one means: answer here."""
    given = (*move.reading.values("phone"), *move.reading.values("email"))
    if given:
        return given[0]
    return "-" if move.asked == _ASK_CONTACT else ""


class LeaveMessage:
    name = "leave_message"
    description = "Takes a message for colleagues; a guest may add a phone number or e-mail."
    parameters = (
        Parameter("message", "The message, word for word.", _message),
        Parameter("contact", "A phone number or e-mail to answer to; - for none.", _contact),
    )

    def run(self, case: Case, given: Given) -> Outcome:
        if not given.get("message"):
            return ask(case, _ASK_MESSAGE, case.words.say(_ASK_MESSAGE))
        if not given.get("contact") and case.account.customer is None:
            return ask(case, _ASK_CONTACT, case.words.say(_ASK_CONTACT), (case.button("here"),))
        return _register(case, given["message"], given.get("contact", "-"))


def _register(case: Case, message: str, contact: str) -> Outcome:
    words = case.words
    known = contact not in ("", "-")
    lines = [words.say("ticket.contact", contact=contact)] if known else []
    ticket = TicketDraft(
        subject=clip(words.say("ticket.leave_message"), 200),
        body="\n".join([message, *lines, words.say("ticket.by_bot")]),
        type="message",
    )
    hours = words.part("opening_hours.hours")
    key = "leave_message.done_contact" if known else "leave_message.done"
    values = {"hours": hours, "contact": contact} if known else {"hours": hours}
    return Outcome((case.offer(words.say(key, **values)),), ticket=ticket)
