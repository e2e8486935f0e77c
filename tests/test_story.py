"""The story of the README, over real sockets: she asks, the bot answers, a person takes over, her phone goes on."""

from tests.running import Hub, Peer, conversation_of


def types(peer: Peer) -> list[str]:
    return [e["type"] for e in peer.events]


async def test_one_conversation_from_greeting_to_crm(hub: Hub) -> None:
    wang = await hub.customer("wang", locale="zh-CN")
    greeting = await wang.event("message.created", by="bot", seen=True)
    assert "王女士" in greeting["d"]["content"]["text"]

    await wang.say("我的订单到哪了？")
    card = await wang.until(lambda f: f.get("type") == "message.created" and f["d"]["content"]["kind"] == "card")
    assert card["d"]["content"]["trail"]
    answered = len([e for e in wang.events if e["by"]["kind"] == "bot"])

    agent = await hub.agent()
    await agent.ask("inbox.follow", view="mine")
    await wang.say("转人工")
    offered = await agent.until(lambda f: f["t"] == "inbox" and any(r["reservation"] for r in f["rows"]))
    row = offered["rows"][0]
    conversation = conversation_of(wang)
    assert (row["conversation"], row["customer"]["tier"], row["reservation"]["agent"]) == (
        conversation,
        "gold",
        "liming",
    )
    followed = await agent.ask("conversation.follow", conversation=conversation)
    assert followed["d"]["context"]["customer"]["external_id"] == "cust_wang"
    brief = await agent.event("handoff.briefed", seen=True)
    assert brief["d"]["summary"]
    await agent.ask("reservation.accept", conversation=conversation)
    await agent.ask("note.add", conversation=conversation, text="she is a regular")
    await agent.say("王女士您好，我是李明。", conversation=conversation)
    await wang.event("message.created", by="agent")
    handing = [e for e in wang.events if e["type"] == "message.created" and e["by"]["kind"] == "bot"][answered:]
    assert len(handing) == 1, "exactly one hand-over message"

    phone = await hub.customer("wang", locale="zh-CN", device="phone")
    assert [e["seq"] for e in phone.events] == [e["seq"] for e in wang.events]
    await phone.say("谢谢！")
    await wang.until(lambda f: f["t"] == "event" and f["d"].get("content", {}).get("text") == "谢谢！")

    await agent.ask("conversation.resolve", conversation=conversation)
    await wang.event("conversation.resolved")
    await agent.until(lambda f: f.get("type") == "crm.written" and f["d"]["what"] == "summary")
    notes = await hub.crm.notes("cust_wang")
    assert {"transcript", "summary"} <= {n.kind for n in notes}
    written = next(n.body for n in notes if n.kind == "transcript" and "我的订单到哪了" in n.body)
    assert "she is a regular" not in written
    assert "note.added" not in types(wang) + types(phone)


async def test_who_stops_waiting_for_a_person_gets_the_bot_s_answer(hub: Hub) -> None:
    """She wrote on while nobody came, then went back to the bot: what she wrote is not lost."""
    wang = await hub.customer("wang", locale="zh-CN")
    await wang.ask("handoff.request")
    await wang.until(lambda f: f.get("type") == "owner.changed" and f["d"]["owner"]["kind"] == "queue")
    await wang.say("我的订单到哪了？")
    await wang.ask("handoff.cancel")
    await wang.until(lambda f: f.get("type") == "owner.changed" and f["d"]["reason"] == "customer_cancelled", seen=True)
    card = await wang.until(lambda f: f.get("type") == "message.created" and f["d"]["content"]["kind"] == "card")
    assert card["d"]["content"]["trail"]
