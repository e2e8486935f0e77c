"""Covers backup and restore as an operator does them: by command, with processes and clients that know too much."""

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.backup.restoring import Restoring
from hub.settings import Settings
from hub.store.store import Store
from tests.backup.acts import empty_store, logs, take
from tests.processes import COMMAND, environment, processes
from tests.running import STAFF_ONLY, Frame, Hub, Peer, conversation_of, running_hub, welcome_of
from tests.services.acts import POLICY
from tests.store.acts import own_valkey

pytestmark = pytest.mark.long


async def onethread(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [*COMMAND, *words],
        env=environment(settings, 1),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def wang(url: str, http: httpx.AsyncClient, **hello: Any) -> Peer:
    hub = Hub(url, None, None, None, None, http)  # type: ignore[arg-type]
    return await hub.customer("wang", **hello)


async def empty(store: Store) -> None:
    """What FLUSHDB would do, had this test the store for itself."""
    keys = await store.client.do("KEYS", f"{store.keys.prefix}:*")
    await store.client.several([("DEL", key) for key in keys])


async def test_who_knows_more_than_the_backup_is_told_so_and_ends_up_right(
    settings: Settings, store: Store, tmp_path: Path
) -> None:
    file = tmp_path / "hub.backup"
    async with processes(settings) as them, httpx.AsyncClient(base_url=them.url, headers={"Origin": them.url}) as http:
        before = await wang(them.url, http)
        conversation = conversation_of(before)
        said = (await before.say("this is in the backup"))["seq"]
        # Answered, too: or the answer comes between the backup and our look at the log.
        await before.until(lambda f: f.get("seq", 0) > said and f.get("by", {}).get("kind") == "bot", seen=True)
        taken = await onethread(settings, "backup", str(file))
        assert taken.returncode == 0, taken.stderr
        kept = await logs(store)
        lost = [(await before.say(f"said after it, {n}"))["seq"] for n in range(5)]
        epoch = welcome_of(before)["epoch"]

        refused = await onethread(settings, "restore", str(file))
        assert (refused.returncode, "hub_running" in refused.stderr) == (2, True), refused.stderr
        await them.stop("work")
        await empty(store)
        restored = await onethread(settings, "restore", str(file))
        assert restored.returncode == 0, restored.stderr
        # The serving process knows a life that is over: it takes leave, and whoever watches it starts it anew.
        assert await before.close_code() == 4200
        serving = them.running.pop("serve")
        assert await asyncio.wait_for(serving.wait(), 10) == 0
        assert await logs(store) == kept

        await them.start("serve")
        await them.ready()
        resume = {conversation: {"epoch": epoch, "seq": lost[-1]}}
        after = await wang(them.url, http, resume=resume)
        reset = next(frame for frame in after.received if frame["t"] == "reset")
        assert reset["epoch"] == welcome_of(after)["epoch"] != epoch
        shown = after.events[: -1 if after.events[-1]["type"] == "customer.arrived" else None]
        visible = [entry for entry in kept[conversation] if entry["seq"] in {e["seq"] for e in shown}]
        assert shown[: len(visible)] == visible
        assert not [e for e in after.events if "said after it" in str(e)]
        more = await after.say("and on")
        assert more["seq"] == len(await store.logs.after(conversation, 0))
        await them.start("work")
        await after.close()
        await before.close()


async def test_from_the_embedded_store_to_a_server_of_ones_own(settings: Settings, tmp_path: Path) -> None:
    """The same two commands; the hub is stopped meanwhile, or what is said in between stays behind."""
    home, file = tmp_path / "embedded", tmp_path / "hub.backup"
    embedded = settings.model_copy(update={"redis_url": "", "data_dir": home, "key_prefix": "ot"})
    async with processes(embedded) as them, httpx.AsyncClient(base_url=them.url, headers={"Origin": them.url}) as http:
        peer = await wang(them.url, http)
        conversation = conversation_of(peer)
        await peer.say("before the move")
        await peer.close()
    assert (await onethread(embedded, "backup", str(file))).returncode == 0
    verified = await onethread(embedded, "backup", "verify", str(file))
    assert (verified.returncode, verified.stdout.split()[0]) == (0, "Whole:"), verified.stderr

    async with own_valkey(tmp_path / "server") as server:
        moved = embedded.model_copy(update={"redis_url": server.url})
        assert (await onethread(moved, "restore", str(file))).returncode == 0
        again = await onethread(moved, "restore", str(file))
        assert (again.returncode, "store_not_empty" in again.stderr) == (2, True)
        async with processes(moved) as them, httpx.AsyncClient(base_url=them.url, headers={"Origin": them.url}) as http:
            peer = await wang(them.url, http)
            assert conversation_of(peer) == conversation, "she is known, by her account"
            assert any("before the move" in str(e) for e in peer.events)
            assert (await peer.say("after the move"))["t"] == "ack"
            await peer.close()


async def test_a_damaged_file_is_told_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "half").write_bytes(b"\x1f\x8b half a file")
    for words in (["backup", "verify"], ["restore"]):
        said = await onethread(settings, *words, str(tmp_path / "half"))
        assert said.returncode == 2
        assert "backup_damaged" in said.stderr
        assert "Traceback" not in said.stderr
    missing = await onethread(settings, "restore", str(tmp_path / "nothing"))
    assert (missing.returncode, "No such file" in missing.stderr) == (2, True)
    nowhere = await onethread(settings, "backup", str(tmp_path / "no" / "directory"))
    assert (nowhere.returncode, "No such file" in nowhere.stderr) == (2, True)


def shown(peer: Peer, before: list[Frame]) -> list[Frame]:
    """What a client shows that had `before` on its screen: it throws that away when it is told `reset`."""
    screen = list(before)
    for frame in peer.received:
        match frame["t"]:
            case "reset":
                screen.clear()
            case "event" if not screen or frame["seq"] > screen[-1]["seq"]:
                screen.append(frame)
    return screen


async def test_a_client_of_the_time_before_shows_what_the_log_says_and_nothing_else(
    settings: Settings, tmp_path: Path
) -> None:
    """It knows less than the restored log by the time that it is back: its place means another message there."""
    file = tmp_path / "hub.backup"
    async with running_hub(settings, worker=False) as hub:
        old, secret = await hub.visitor()
        conversation = conversation_of(old)
        await old.say("this is in the backup")
        await take(hub.store, file)
        for n in range(3):
            seq = (await old.say(f"lost {n}"))["seq"]
        await old.until(lambda f: f["t"] == "event" and f["seq"] == seq, seen=True)
        screen, epoch = shown(old, []), welcome_of(old)["epoch"]
    assert [e["d"]["content"]["text"] for e in screen if e["type"] == "message.created"][-1] == "lost 2"
    async with empty_store(settings) as store:
        await Restoring(store, POLICY, store.clock).run(file)
        elsewhere = settings.model_copy(update={"key_prefix": store.keys.prefix})
    async with running_hub(elsewhere, worker=False) as hub:
        other, _ = await hub.visitor(secret)
        for n in range(6):
            grown = (await other.say(f"since then {n}"))["seq"]
        assert grown > seq
        again, _ = await hub.visitor(secret, resume={conversation: {"epoch": epoch, "seq": seq}})
        log = [e for e in (await logs(hub.store))[conversation] if e["type"] not in STAFF_ONLY]
        assert shown(again, screen) == log
        assert "lost" not in str(log)
