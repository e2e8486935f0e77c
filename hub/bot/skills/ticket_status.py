"""Where a ticket stands: the one that was named, or the newest that is open."""

from hub.bot.cards import ticket_card
from hub.bot.case import Case, clip
from hub.bot.dialogue import Move
from hub.bot.skills.articles import no_account
from hub.bot.skills.skill import Given, Outcome, Parameter
from hub.model.content import Button
from hub.model.crm import Ticket


def _number(case: Case, move: Move) -> str:
    """A ticket number of this customer's that stands in the line; a foreign one as it stands."""
    words = move.reading.folded.replace("#", " ").split()
    for ticket in case.account.tickets:
        number = ticket.number.lower()
        if number and (number in words or (len(number) >= 4 and number in move.reading.folded)):
            return ticket.number
    return next(iter(move.reading.values("ticket")), "")


class TicketStatus:
    name = "ticket_status"
    description = "Shows where a support ticket or repair stands."
    parameters = (Parameter("ticket", "The ticket's number, if the customer named one.", _number),)

    def run(self, case: Case, given: Given) -> Outcome:
        if stop := no_account(case, "tickets"):
            return stop
        number = given.get("ticket", "")
        still = [t for t in case.account.tickets if t.status in ("open", "pending")]
        chosen = next((t for t in case.account.tickets if t.number == number), None)
        if number and chosen is None:
            return Outcome((case.offer(case.words.say("account.not_yours", number=number[:40])),))
        ticket = chosen or next(iter(still), None)
        if ticket is None:
            buttons = (case.button("repair"), case.button("leave_message"))
            return Outcome((case.offer(case.words.say("ticket_status.none"), buttons),))
        line = case.words.say("ticket_status.line", who=case.address)
        return Outcome((case.text(line), ticket_card(case, ticket, _buttons(case, still, ticket))))


def _buttons(case: Case, still: list[Ticket], shown: Ticket) -> tuple[Button, ...]:
    others = [t for t in still if t is not shown][:2]
    more = (Button(label=clip(case.words.say("ticket_status.title", number=t.number), 80)) for t in others)
    return (*more, case.person())
