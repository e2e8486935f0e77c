"""Rules of supervisors in a call: they listen, whisper to the agents, or come in; who is told of it is policy."""

from hub.model import call_commands as cc
from hub.model import call_events as ev
from hub.model.call import Call, call_party
from hub.model.decide.asked import Asked
from hub.model.decide.call_end import stopped
from hub.model.decide.call_hall import came_in, outgrows
from hub.model.errors import CallBusy, CallOver, Refused
from hub.model.events import Event

MOST = 2  # in pairs each is one more connection for every party


def supervise(call: Call, command: cc.SuperviseCall, asked: Asked) -> list[Event]:
    """Raises CallOver while it rings, Refused for who may not or is in it, CallBusy."""
    if call.ringing:
        raise CallOver("it was not accepted yet")
    if not command.leads:
        raise Refused("only supervisors may")
    party = call_party(asked.by)
    if call.has(party):
        raise Refused("you are in this call")
    before = call.supervisor(party)
    if before and before.mode == command.mode:
        return []
    supervised = ev.CallSupervised(
        call=call.id,
        party=party,
        name=asked.by.name,
        mode=command.mode,
        announced=asked.policy.supervision_announced,
    )
    if command.mode == "join":
        return [supervised, *_come_in(call, party, asked)]
    if before is None and len(call.supervisors) >= MOST:
        raise CallBusy("two supervisors listen already")
    tells = asked.policy.supervision_announced == "everybody" and not call.announced
    told = [ev.CallAnnounced(call=call.id, listening=True)] if tells else []
    # What is whispered goes through the tap, too, and who whispers was not asked. Who only listens says nothing in it.
    return [supervised, *told, *(stopped(call, "joined") if command.mode == "whisper" else [])]


def _come_in(call: Call, party: str, asked: Asked) -> list[Event]:
    invited = [each for each in call.invited if each.party != party]
    # What has to become a room first is for who is asked in.
    if outgrows(call) or len(call.parties) + len(invited) >= asked.policy.call_parties:
        raise CallBusy("the call is full")
    return joined(call, party, asked.by.name)


def joined(call: Call, party: str, name: str) -> list[Event]:
    """A party more, who may have listened before. Who else listens goes on with it, and be it into a room."""
    came, *more = came_in(call, party, name)
    return [came, *quiet(call, party), *more]


def ended(call: Call, party: str) -> list[Event]:
    """They listen no more; the call goes on."""
    seat = call.supervisor(party)
    gone = ev.CallUnsupervised(call=call.id, party=party, name=seat.name if seat else "")
    return [gone, *quiet(call, party)]


def quiet(call: Call, party: str) -> list[Event]:
    """Nobody listens any more without this one, and everybody who was told so is told that, too."""
    last = not call.without_supervisor(party).supervisors
    return [ev.CallAnnounced(call=call.id, listening=False)] if call.announced and last else []
