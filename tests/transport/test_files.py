"""Covers hub/services/files.py and hub/transport/http/files.py: a file from one to the other, and who gets none."""

import asyncio

import pytest

from hub.services import files as desk
from tests.files.pictures import png
from tests.running import Frame, Hub, Peer, conversation_of, fresh_id

PICTURE = png(8, 4)


async def begun(peer: Peer, size: int = len(PICTURE), name: str = "kettle.png", **more: object) -> Frame:
    return await peer.ask("file.begin", name=name, bytes=size, **more)


async def sent(hub: Hub, peer: Peer, body: bytes = PICTURE, name: str = "kettle.png", **more: object) -> Frame:
    """The event that tells of it, as its sender sees it."""
    given = (await begun(peer, len(body), name, **more))["d"]
    answer = await hub.http.put(given["url"], content=body)
    assert answer.status_code == 201, answer.text
    event = await peer.until(lambda f: f.get("type") == "message.created" and f["id"] == given["file"], seen=True)
    assert event["seq"] == answer.json()["seq"]
    return event


async def url_of(peer: Peer, file: str, **more: object) -> str:
    return str((await peer.ask("file.open", file=file, **more))["d"]["url"])


async def test_a_picture_goes_from_the_customer_to_the_agent(hub: Hub) -> None:
    wang, li = await hub.customer("wang"), await hub.agent()
    conversation = conversation_of(wang)
    told = (await sent(hub, wang))["d"]["content"]
    assert told == {
        "kind": "file",
        "file": told["file"],
        "type": "image/png",
        "bytes": len(PICTURE),
        "width": 8,
        "height": 4,
        "text": "kettle.png",
    }
    await li.ask("conversation.follow", conversation=conversation)
    for url in (await url_of(wang, told["file"]), await url_of(li, told["file"], conversation=conversation)):
        answer = await hub.http.get(url)
        assert (answer.status_code, answer.content) == (200, PICTURE)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-disposition"].startswith("inline")
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_what_is_no_picture_is_a_download_whatever_it_is_called(hub: Hub) -> None:
    wang = await hub.customer("wang")
    told = (await sent(hub, wang, b"<svg onload='alert(1)'>", 'a"\r\nb 水.svg'))["d"]["content"]
    assert told["type"] == "application/octet-stream"
    answer = await hub.http.get(await url_of(wang, told["file"]))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a%22b%20%E6%B0%B4.svg"


async def test_sent_twice_it_is_one_message(hub: Hub) -> None:
    wang = await hub.customer("wang")
    given = (await begun(wang))["d"]
    answers = [await hub.http.put(given["url"], content=PICTURE) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    both = await asyncio.gather(*(hub.http.put(given["url"], content=PICTURE) for _ in range(3)))
    assert {answer.json()["seq"] for answer in both} == {answers[0].json()["seq"]}


async def test_it_is_the_message_that_answers_another(hub: Hub) -> None:
    wang = await hub.customer("wang")
    said = await wang.say("look")
    assert (await sent(hub, wang, reply_to=said["seq"]))["d"]["reply_to"] == said["seq"]


async def test_other_peoples_files_are_not_there(hub: Hub) -> None:
    wang, chen = await hub.customer("wang"), await hub.customer("chen")
    file = (await sent(hub, wang))["d"]["content"]["file"]
    assert (await chen.ask("file.open", file=file))["code"] == "not_found"
    assert (await chen.ask("file.open", file=file, conversation=conversation_of(wang)))["code"] == "forbidden"
    assert (await begun(chen, conversation=conversation_of(wang)))["code"] == "forbidden"
    assert (await hub.http.get("/api/v1/files/nonsense")).json()["code"] == "forbidden"


async def test_leave_to_send_is_none_to_look_and_the_other_way(hub: Hub) -> None:
    wang = await hub.customer("wang")
    given = (await begun(wang))["d"]
    assert (await hub.http.get(given["url"])).status_code == 403
    assert (await hub.http.put(given["url"], content=PICTURE)).status_code == 201
    look = await url_of(wang, given["file"])
    assert (await hub.http.put(look, content=PICTURE)).status_code == 403


async def test_an_agent_sends_only_where_they_are_the_owner(hub: Hub) -> None:
    wang, li = await hub.customer("wang"), await hub.agent()
    conversation = conversation_of(wang)
    assert (await begun(li, conversation=conversation))["code"] == "not_owner"
    await wang.say("转人工")
    await li.ask("conversation.follow", conversation=conversation)
    await li.ask("conversation.assign", conversation=conversation)
    told = await sent(hub, li, conversation=conversation)
    seen = await wang.until(lambda f: f.get("id") == told["id"], seen=True)
    assert (seen["by"]["kind"], seen["d"]) == ("agent", told["d"])


async def test_too_large_too_many_and_not_as_announced(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    wang = await hub.customer("wang")
    assert (await begun(wang, hub.settings.file_bytes + 1))["code"] == "too_long"
    given = (await begun(wang))["d"]
    short = await hub.http.put(given["url"], content=PICTURE[:-1])
    assert (short.status_code, short.json()["code"]) == (400, "bad_request")
    assert (await hub.http.put(given["url"], content=PICTURE)).status_code == 201
    monkeypatch.setattr(desk, "MOST", 1)
    refused = await begun(wang)
    assert refused["code"] == "rate_limited"
    assert refused["retry_after"] > 0


async def test_clients_can_not_tell_of_a_file_that_they_did_not_send(hub: Hub) -> None:
    wang = await hub.customer("wang")
    content = {"kind": "file", "file": fresh_id(), "type": "image/png", "bytes": 1, "text": "x"}
    assert (await wang.ask("message.post", content=content))["code"] == "bad_request"


async def test_the_bot_says_that_it_can_not_look_and_then_calls_a_person(hub: Hub) -> None:
    wang = await hub.customer("wang")
    await sent(hub, wang)
    said = await wang.event("message.created", by="bot")
    assert said["d"]["content"]["buttons"][-1]["action"] == "handoff"
    await sent(hub, wang)
    await wang.until(lambda f: f.get("type") == "owner.changed" and f["d"]["owner"]["kind"] == "queue", seen=True)
