"""Covers hub/services/voice_offers.py: which calls are the bot's to answer, and which recordings wait for words."""

from hub.demo import AGENTS
from hub.store.voice import VoiceJob
from tests.running import Hub, conversation_of


async def test_a_call_that_rings_at_nobody_is_offered_until_it_is_over(hub: Hub) -> None:
    wang = await hub.customer("wang")
    call = (await wang.ask("call.request", media="audio"))["d"]["call"]
    await wang.event("owner.changed", by="bot")
    (job,) = await hub.store.voice.waiting()
    assert job == VoiceJob(what="answer", conversation=conversation_of(wang), call=call)
    await wang.ask("call.cancel", call=call)
    while await hub.store.voice.waiting():
        await wang.ask("message.post", content={"kind": "text", "text": "hm"})


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
    assert await hub.store.voice.waiting() == []
