"""What screens are told of a conversation: all of it to staff, nothing to customers that only staff may know."""

from hub.model import call_commands as cc
from hub.model import commands as c
from hub.model.identity import Proof
from hub.services.rows import anonymous, own_state, row
from tests.model.story import Story
from tests.services.acts import ANA, LI, Process, account, customer, device, email


async def test_a_row_says_who_waits_where(process: Process) -> None:
    await process.arrive("wang", account("wang"), email("w@example.com"), device("d1"), name="王芳")
    it = await process.reserve("wang")
    told = row(it)
    assert told["conversation"] == "wang"
    assert (told["epoch"], told["seq"], told["tenure"], told["session"]) == (it.epoch, it.seq, 2, 1)
    assert told["customer"] == {
        "name": "王芳",
        "surname": "",
        "tier": "",
        "anonymous": False,
        "locale": "en",
        "signed": True,
    }
    assert (told["status"], told["owner"]["kind"]) == ("open", "queue")
    assert told["reservation"] == {"agent": LI.id, "name": LI.name, "until": process.clock() + 20_000}
    assert (told["unread"], told["waiting_since"], told["last"]["text"]) == (1, process.clock(), "hello")
    assert told["identities"] == [
        {"kind": "account", "value": "shop/wang", "proof": "signed"},
        {"kind": "email", "value": "w@example.com", "proof": "claim"},
    ], "a device secret's hash is of no use to an agent"


async def test_the_customer_is_told_nothing_of_the_desk(process: Process) -> None:
    it = await process.reserve("wang")
    await process.ask("wang", c.AddTag("difficult"), LI)
    told = own_state(await process.conversations.newest("wang"), online=True)
    assert told.keys() == {"status", "owner", "session", "read", "call", "delivered", "absorbed", "online"}
    assert told["owner"] == {"kind": "queue", "id": "", "name": ""}
    assert it.desk.reservation


def test_anonymous_is_whom_nobody_vouches_for() -> None:
    for identities, wanted in [
        ((), True),
        ((device("d1"),), True),
        ((email("w@example.com"),), True),
        ((email("w@example.com", Proof.AGENT_WORD),), True),
        ((email("w@example.com", Proof.ONE_TIME_CODE),), False),
        ((account("wang"),), False),
    ]:
        story = Story()
        story.arrives(*identities)
        assert anonymous(story.it) is wanted, identities


def test_an_empty_conversation_has_a_row() -> None:
    story = Story()
    story.arrives()
    told = row(story.it)
    assert (told["status"], told["last"], told["reservation"], told["absorbed"]) == ("resolved", None, None, [])


async def test_whom_a_call_rings_and_who_is_invited_only_staff_know(process: Process) -> None:
    await process.to_agent("wang")
    await process.ask("wang", cc.RequestCall("audio"), customer("wang"))
    it = await process.conversations.newest("wang")
    ringing = row(it)["call"]
    assert (ringing["state"], ringing["to"], ringing["by"]) == ("ringing", "agent:li", "customer")
    await process.ask("wang", cc.AcceptCall(ringing["id"]), LI)
    await process.ask("wang", cc.InviteToCall(ringing["id"], ANA.id, ANA.name, "Her lid leaks."), LI)
    it = await process.conversations.newest("wang")
    assert [each["party"] for each in row(it)["call"]["invited"]] == ["agent:ana"]
    told = own_state(it, online=True)["call"]
    assert "invited" not in told
    assert [each["party"] for each in told["parties"]] == ["customer", "agent:li"]
