"""Covers hub/services/voice_offers.py: which calls are the bot's to answer, and which recordings wait for words."""

from hub.demo import AGENTS
from hub.model.events import Logged, RecordingKept
from hub.model.party import SYSTEM
from hub.services.voice_offers import VoiceOffers
from hub.store.store import Store
from hub.store.voice import VoiceJob
from tests.running import Hub, conversation_of
from tests.store.acts import until


async def test_a_call_that_rings_at_nobody_is_offered_until_it_is_over(hub: Hub) -> None:
    wang = await hub.customer("wang")
    call = (await wang.ask("call.request", media="audio"))["d"]["call"]
    await wang.event("owner.changed", by="bot")
    (job,) = await hub.store.voice.waiting()
    assert job == VoiceJob(what="answer", conversation=conversation_of(wang), call=call)
    await wang.ask("call.cancel", call=call)

    async def done() -> bool:
        return await hub.store.voice.waiting() == []

    await until(done)


async def test_a_call_at_an_agent_is_not(hub: Hub) -> None:
    wang, li = await hub.customer("wang"), await hub.agent(AGENTS[0]["email"])  # type: ignore[arg-type]
    await wang.say("转人工")
    conversation = conversation_of(wang)
    await li.ask("conversation.follow", conversation=conversation)
    await li.ask("conversation.assign", conversation=conversation)
    await wang.until(lambda f: f.get("type") == "owner.changed" and f["d"]["owner"]["kind"] == "agent")
    call = (await wang.ask("call.request", media="audio"))["d"]["call"]
    await li.ask("call.accept", conversation=conversation, call=call)
    await wang.event("call.accepted")

    async def reacted() -> bool:  # to the acceptance, and so to the request before it
        return await hub.store.seats.call_of("liming") is not None

    await until(reacted)
    assert await hub.store.voice.waiting() == []


async def test_recordings_wait_for_words_only_where_somebody_can_write_them(store: Store) -> None:
    film = RecordingKept(call="k1", recording="1-customer", party="customer", seconds=1.0, bytes=1)
    entry = Logged("c1", 1, 0, SYSTEM, "e1", "", film)
    await VoiceOffers(store.voice, store.whispers, store.clock, writes=False).react(entry)
    assert await store.voice.waiting() == []
    await VoiceOffers(store.voice, store.whispers, store.clock, writes=True).react(entry)
    (job,) = await store.voice.waiting()
    assert (job.what, job.recording) == ("transcribe", "1-customer")
