"""What the CRM is told of a call: who called whom, whether and when somebody answered, how it went, what came of it."""

from collections.abc import Iterable
from datetime import UTC, datetime

from hub.model import call_events as ev
from hub.model.call import THE_BOT, THE_CUSTOMER
from hub.model.codec import decode
from hub.model.events import Logged
from hub.model.party import Party, PartyKind
from hub.model.quality import Line
from hub.store.logs import Logs

PAGE = 200
MOST = 5_000  # entries that are looked through for where a call began

ENDS = {
    "hungup": "hung up",
    "abandoned": "nobody was there any more",
    "resolved": "with the session",
    "merged": "the conversation was merged",
    "declined": "declined",
    "busy": "busy",
    "timeout": "nobody answered",
    "nobody": "nobody was free",
}


async def of_call(logs: Logs, conversation: str, call: str, upto: int) -> list[Logged]:
    """What the log says of a call, from its request to the seq `upto`, in order. Raises StoreUnavailable."""
    found: list[Logged] = []
    before, looked = upto + 1, 0
    while before > 1 and looked < MOST:
        page = await logs.before(conversation, before, PAGE)
        for entry in reversed(page):
            logged = decode(entry.frame)
            if getattr(logged.event, "call", None) == call:
                found.append(logged)
            if isinstance(logged.event, ev.CallRequested) and logged.event.call == call:
                return found[::-1]
        if not page:
            break
        before, looked = page[0].seq, looked + len(page)
    return found[::-1]


def record(entries: list[Logged]) -> str:
    """A call that is over, in words, a fact a line; times are UTC. "" when there is nothing to tell."""
    asked = next((e for e in entries if isinstance(e.event, ev.CallRequested)), None)
    if asked is None:
        return ""
    accepted = next((e for e in entries if isinstance(e.event, ev.CallAccepted)), None)
    lines = [_title(entries), _beginning(asked, accepted), *_end(entries)]
    if accepted is not None:
        lines += [f"In it: {', '.join(_parties(asked, entries))}", *_told_the_bot(entries)]
        lines += [*_recorded(entries), *_lines(entries)]
    return "\n".join([*lines, *_notes(entries)])


def notes(entries: list[Logged]) -> str:
    """What an agent noted of a call after its record was written."""
    noted = [e for e in entries if isinstance(e.event, ev.CallNoted)]
    asked = next((e for e in entries if isinstance(e.event, ev.CallRequested)), None)
    return (
        "\n".join([f"Of the call of {_utc(asked.at)} UTC" if asked else "Of a call", *_notes(noted[-1:])])
        if noted
        else ""
    )


def _title(entries: list[Logged]) -> str:
    asked = next(e.event for e in entries if isinstance(e.event, ev.CallRequested))
    ended = next((e.event for e in entries if isinstance(e.event, ev.CallEnded)), None)
    media = ended.media if ended else asked.media
    return f"{media.capitalize()} call" + (f", {_duration(ended.seconds)}" if ended else ", not answered")


def _beginning(asked: Logged, accepted: Logged | None) -> str:
    assert isinstance(asked.event, ev.CallRequested)
    who = asked.by.name or str(asked.by.kind)
    called = f"{who} called {asked.event.name}" if asked.event.name else f"{who} called"
    if accepted is None or not isinstance(accepted.event, ev.CallAccepted):
        return f"{_utc(asked.at)} UTC: {called}"
    answered = accepted.event.name or accepted.event.party
    return f"{_utc(asked.at)} UTC: {called}, {answered} answered after {_duration((accepted.at - asked.at) // 1000)}"


def _end(entries: list[Logged]) -> list[str]:
    for entry in entries:
        match entry.event:
            case ev.CallEnded(reason=reason):
                return [f"Ended {_utc(entry.at)} UTC: {ENDS.get(reason, reason)}"]
            case ev.CallMissed(reason=missed):
                return [f"Missed: {ENDS.get(missed, missed)}"]
            case ev.CallDeclined(reason=declined):
                return [f"Declined: {ENDS.get(declined, declined)}"]
            case ev.CallCancelled():
                return ["Cancelled by the caller"]
    return []


def _parties(asked: Logged, entries: Iterable[Logged]) -> list[str]:
    kind = {PartyKind.CUSTOMER: THE_CUSTOMER, PartyKind.BOT: THE_BOT}.get(asked.by.kind, f"agent:{asked.by.id}")
    names = {kind: asked.by.name}
    for entry in entries:
        if isinstance(entry.event, ev.CallAccepted | ev.CallJoined):
            names[entry.event.party] = entry.event.name
    return [f"{name or party} ({party.partition(':')[0]})" for party, name in names.items()]


def _told_the_bot(entries: Iterable[Logged]) -> list[str]:
    """What the caller confirmed, or wanted, while the bot held the call."""
    told = []
    for entry in entries:
        match entry.event:
            case ev.CallUnderstood(kind="order", confirmed=True, order=order, heard=heard):
                told.append(f"Told the bot: order {order}" if order else f"Told the bot: number {heard}")
            case ev.CallUnderstood(kind="callback", confirmed=True):
                told.append("Wants to be called back")
    return told


def _recorded(entries: Iterable[Logged]) -> list[str]:
    events = [type(e.event) for e in entries]
    if ev.RecordingStarted in events:
        return ["Recorded, with everybody's consent; the recording is in OneThread"]
    return ["A recording was refused"] if ev.ConsentRefused in events else []


def _lines(entries: Iterable[Logged]) -> list[str]:
    measured = [e.event.lines for e in entries if isinstance(e.event, ev.CallMeasured)]
    return [f"Line of {line.name or line.party}: {told(line)}" for line in measured[-1]] if measured else []


def told(line: Line) -> str:
    """How a line did, for people."""
    return (
        f"MOS {line.mos:.1f} (worst {line.worst:.1f}), loss {100 * line.loss:.1f} %, "
        f"jitter {line.jitter_ms:.0f} ms, round trip {line.rtt_ms:.0f} ms, {line.kbps:.0f} kbit/s"
    )


def _notes(entries: Iterable[Logged]) -> list[str]:
    return [_note(e.by, e.event) for e in entries if isinstance(e.event, ev.CallNoted)]


def _note(by: Party, noted: ev.CallNoted) -> str:
    outcome = f"Outcome, by {by.name or by.id}: {noted.outcome.replace('_', ' ')}"
    return f"{outcome}: {noted.text}" if noted.text else outcome


def _duration(seconds: int) -> str:
    minutes, seconds = divmod(max(0, seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _utc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
