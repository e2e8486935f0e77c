"""Rules of the bot in a call: it answers while nobody has the conversation, stays until somebody comes, and leaves.

ringing -> held (the bot is in it, and it rings on) -> an agent joins -> the bot leaves
                                                    -> nobody came: the bot says so -> missed
"""

from hub.model import call_events as ev
from hub.model.call import THE_BOT, THE_CUSTOMER, Call
from hub.model.decide.asked import Asked
from hub.model.errors import CallTaken, NotOwner, Refused
from hub.model.event import Event


def answers(call: Call, to: str, asked: Asked) -> list[Event]:
    """The bot takes a customer's call that rings at nobody (`to` = ""). Raises CallTaken, Refused."""
    if not call.ringing:
        raise CallTaken
    if call.by != THE_CUSTOMER or to:
        raise Refused("it rings at somebody")
    return [ev.CallAccepted(call=call.id, party=THE_BOT, name=asked.by.name)]


def relieved(call: Call, party: str, to: str, asked: Asked) -> list[Event]:
    """Who has the conversation now comes into the call that the bot holds. Raises NotOwner."""
    if party != to:
        raise NotOwner("it rings at somebody else")
    return [ev.CallJoined(call=call.id, party=party, name=asked.by.name)]


def declined(call: Call, party: str, to: str) -> list[Event]:
    """The agent does not come. The caller hears it from the bot. Raises NotOwner."""
    if party != to:
        raise NotOwner("it rings at somebody else")
    return [] if call.unanswered else [ev.CallUnanswered(call=call.id, reason="declined")]


def leaves(call: Call) -> list[Event]:
    """The bot may go when somebody is there, or when it has said that nobody comes. Raises Refused."""
    if not call.held:
        return [ev.CallLeft(call=call.id, party=THE_BOT)]
    if not call.unanswered:
        raise Refused("nobody has come yet")
    return [_missed(call)]


def waited(call: Call, to: str) -> list[Event]:
    """Its time has passed. A bot that died says nothing: then the call ends, or goes on, without a word from it."""
    if not call.held:
        return [ev.CallLeft(call=call.id, party=THE_BOT)]
    if call.unanswered:
        return [_missed(call)]
    return [ev.CallUnanswered(call=call.id, reason="timeout" if to else "nobody")]


def said(call: Call, event: ev.CallSaid | ev.CallUnderstood) -> list[Event]:
    """What the bot says in it, or has understood. Raises Refused when it is not in it."""
    if call.ringing or not call.has(THE_BOT):
        raise Refused("the bot is not in this call")
    return [event]


def _missed(call: Call) -> ev.CallMissed:
    return ev.CallMissed(call=call.id, reason="nobody" if call.unanswered == "nobody" else "timeout")
