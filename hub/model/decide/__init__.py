"""`decide`: may this command happen now, and what happens then? Pure; raises a named error when it may not."""

from typing import assert_never

from pydantic import ValidationError

from hub.model import commands as c
from hub.model.conversation import Conversation
from hub.model.decide import bot, calls, crm, deadlines, desk, identities, messages
from hub.model.decide.asked import Asked
from hub.model.errors import BadRequest, Gone
from hub.model.events import Event

__all__ = ["Asked", "decide"]

# In a log that was merged away: what still concerns it, and what asks for nothing any more. All else is Gone.
_STILL = (c.MergeInto, c.Absorb, c.Unmerge, c.Release)
_MOOT = (c.Arrive, c.MarkRead, c.MarkDelivered, c.AttachContext, c.GiveBack, c.Tick)


def decide(it: Conversation, command: c.Command, asked: Asked) -> list[Event]:
    """The events that `command` causes; an empty list when it changes nothing.

    Raises a subclass of Refused, Gone, NotFound or BadRequest, and nothing else; then nothing happened.
    """
    if it.who.merged_into and not isinstance(command, _STILL):
        if isinstance(command, _MOOT):
            return []
        raise Gone("merged")
    try:
        return _events(it, command, asked)
    except ValidationError as problem:
        # Never its own words: they hold what people wrote.
        wrong = ", ".join(".".join(map(str, e["loc"])) for e in problem.errors(include_input=False))
        raise BadRequest(f"{problem.title}: {wrong}") from None


def _events(it: Conversation, command: c.Command, asked: Asked) -> list[Event]:  # noqa: PLR0912 one line a command
    match command:
        case c.PostMessage():
            return messages.post(it, command, asked)
        case c.MarkRead(upto=upto):
            return messages.read(it, upto, asked)
        case c.MarkDelivered(upto=upto):
            return messages.delivered(it, upto, asked)
        case c.RateSession():
            return messages.rate(it, command)
        case c.AddNote(text=text):
            return messages.note(text)
        case c.AddTag(tag=tag):
            return desk.add_tag(it, tag)
        case c.RemoveTag(tag=tag):
            return desk.remove_tag(it, tag)
        case c.RequestHandoff(reason=reason):
            return desk.request_handoff(it, reason)
        case c.CancelHandoff():
            return desk.cancel_handoff(it)
        case c.AcceptReservation():
            return desk.accept(it, asked)
        case c.DeclineReservation(reason=reason):
            return desk.decline(it, reason, asked)
        case c.Assign():
            return desk.assign(it, command, asked)
        case c.Resolve():
            return desk.resolve(it, command, asked)
        case c.Reopen():
            return desk.reopen(it, asked)
        case c.Snooze(until=until):
            return desk.snooze(it, until, asked)
        case c.Reserve():
            return desk.reserve(it, command)
        case c.GiveBack():
            return desk.give_back(it, command)
        case c.Tick(kind=kind):
            return deadlines.tick(it, kind, asked)
        case c.BotTurn():
            return bot.turn(it, command, asked)
        case c.AskCrm() | c.ConfirmWritten() | c.ConfirmEffect() | c.FailEffect() | c.HearNews():
            return crm.events(it, command, asked)
        case c.Arrive():
            return identities.arrive(it, command, asked)
        case c.VerifyIdentity(identity=identity):
            return identities.verify(it, identity)
        case c.AttachContext(context=context):
            return identities.attach(context)
        case c.MergeInto():
            return identities.merge_into(it, command, asked)
        case c.Absorb():
            return identities.absorb(it, command)
        case c.Unmerge(source=source):
            return identities.unmerge(it, source)
        case c.Release(out_of=out_of):
            return identities.release(it, out_of)
        case _:
            if isinstance(command, c.CallCommand):
                return calls.events(it, command, asked)
            assert_never(command)
