"""Covers hub/services/call_records.py: a call in words, and where it is read from."""

from hub.model import call_commands as cc
from hub.model.call_events import CallUnderstood
from hub.model.party import BOT
from hub.model.quality import Line, Measured
from hub.services.call_records import of_call, record
from tests.services.acts import LI, SYSTEM, Process, customer

LINE = Line(party="customer").with_report(Measured(0.01, 5, 60, 900))


async def called(process: Process, media: str = "video") -> str:
    await process.to_agent("wang")
    return await again(process, media)


async def again(process: Process, media: str = "video") -> str:
    await process.ask("wang", cc.RequestCall(media), customer("wang"))  # type: ignore[arg-type]
    it = await process.conversations.newest("wang")
    assert it.call
    return it.call.id


async def told(process: Process, call: str) -> list[str]:
    it = await process.conversations.newest("wang")
    return record(await of_call(process.store.logs, "wang", call, it.seq)).splitlines()


async def test_a_call_that_was_held(process: Process) -> None:
    call = await called(process, "audio")
    process.clock.skip(8_000)
    await process.ask("wang", cc.AcceptCall(call), LI)
    await process.ask("wang", cc.UpgradeCall(call), customer("wang"))
    await process.ask("wang", cc.RequestConsent(call, "1"), LI)
    await process.ask("wang", cc.GrantConsent(call, "1"), customer("wang"))
    await process.ask("wang", cc.NoteCall(call, "follow_up", "a part is ordered"), LI)
    process.clock.skip(192_000)
    await process.ask("wang", cc.HangUp(call), customer("wang"))
    await process.ask("wang", cc.MeasureCall(call, (LINE,)), SYSTEM)
    first, beginning, *rest = await told(process, call)
    assert first == "Video call, 3 min 12 s"
    assert beginning.endswith(f"UTC: customer called {LI.name}, {LI.name} answered after 8 s")
    assert rest[0].startswith("Ended ")
    assert rest[0].endswith("UTC: hung up")
    assert rest[1:] == [
        f"In it: customer (customer), {LI.name} (agent)",
        "Recorded, with everybody's consent; the recording is in OneThread",
        "Line of customer: MOS 4.3 (worst 4.3), loss 1.0 %, jitter 5 ms, round trip 60 ms, 900 kbit/s",
        f"Outcome, by {LI.name}: follow up: a part is ordered",
    ]


async def test_calls_that_nobody_took(process: Process) -> None:
    call = await called(process)
    await process.ask("wang", cc.DeclineCall(call, "busy"), LI)
    assert [line for line in await told(process, call) if "UTC" not in line] == [
        "Video call, not answered",
        "Declined: busy",
    ]
    call = await again(process, "audio")
    await process.ask("wang", cc.CancelCall(call), customer("wang"))
    assert (await told(process, call))[-1] == "Cancelled by the caller"


async def test_only_the_entries_of_that_call_are_read_however_far_back_it_began(process: Process) -> None:
    first = await called(process)
    await process.ask("wang", cc.CancelCall(first), customer("wang"))
    second = await again(process)
    for n in range(450):
        await process.say("wang", f"line {n}")
    await process.ask("wang", cc.CancelCall(second), customer("wang"))
    it = await process.conversations.newest("wang")
    entries = await of_call(process.store.logs, "wang", second, it.seq)
    assert [e.event.type for e in entries] == ["call.requested", "call.cancelled"]
    assert await of_call(process.store.logs, "wang", "nobody's", 3) == []
    assert record([]) == ""


async def test_what_the_bot_was_told_goes_along(process: Process) -> None:
    await process.ask("wang", cc.RequestCall("audio"), customer("wang"))
    it = await process.conversations.newest("wang")
    assert it.call
    call = it.call.id
    await process.ask("wang", cc.AcceptCall(call), BOT)
    for confirmed in (False, True):
        heard = CallUnderstood(call=call, kind="order", heard="0017", order="2026112200017", confirmed=confirmed)
        await process.ask("wang", cc.SpeakInCall(call, heard), BOT)
    back = CallUnderstood(call=call, kind="callback", heard="yes", confirmed=True)
    await process.ask("wang", cc.SpeakInCall(call, back), BOT)
    await process.ask("wang", cc.HangUp(call), customer("wang"))
    assert [line for line in await told(process, call) if "UTC" not in line][1:] == [
        "In it: customer (customer), bot (bot)",
        "Told the bot: order 2026112200017",
        "Wants to be called back",
    ]
