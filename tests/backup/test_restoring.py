"""Covers hub/backup/restoring.py: into an empty store, with a new epoch, and the hub goes on from there."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.backup.file import BackupDamaged, Line
from hub.backup.restoring import HubRunning, Restoring, StoreNotEmpty
from hub.backup.verifying import verify
from hub.model import commands as c
from hub.model.codec import decode
from hub.model.conversation import place, waits_from
from hub.model.dues import dues
from hub.model.effects import Job
from hub.model.errors import StoreUnavailable
from hub.model.events import Logged
from hub.model.ids import shard_of
from hub.model.party import BOT
from hub.parts import now_ms
from hub.services.bot_turns import turn_id
from hub.settings import Settings
from hub.store.schema import RestoreUnfinished, StoreTooNew, settle
from hub.store.store import Store, WrongShards
from tests.backup.acts import empty_store, lines, logs, rewrite, take
from tests.services.acts import LI, POLICY, Clock, Process, a_process, account, device, text
from tests.store.acts import commit, outcome


def restoring(store: Store) -> Restoring:
    return Restoring(store, POLICY, now_ms)


async def restore(store: Store, path: Path) -> None:
    await restoring(store).run(path)


def prefix_of(store: Store) -> dict[str, str]:
    return {"key_prefix": store.keys.prefix}


async def test_every_log_is_there_byte_for_byte(process: Process, backup: Path, settings: Settings) -> None:
    before = await logs(process.store)
    assert len(before) == 5
    async with empty_store(settings) as store:
        await restore(store, backup)
        assert await logs(store) == before


async def test_states_and_indexes_are_what_the_logs_say(process: Process, backup: Path, settings: Settings) -> None:
    async with empty_store(settings) as store:
        await restore(store, backup)
        for conversation in await logs(store):
            before, after = await process.store.logs.load(conversation), await store.logs.load(conversation)
            assert replace(after, epoch=before.epoch) == before
            assert after.epoch not in ("", before.epoch), "a new life"
            prefix = store.keys.of(conversation)
            if place(after):
                score = await store.client.do("ZSCORE", f"{prefix}place:{place(after)}", conversation)
                assert int(score) == waits_from(after)
            for kind, at in dues(after, POLICY).items():
                key = store.keys.due(shard_of(conversation, store.keys.shards), kind)
                assert int(await store.client.do("ZSCORE", key, f"{kind}:{conversation}")) == at


async def test_who_they_are_and_who_works_here_is_there(process: Process, backup: Path, settings: Settings) -> None:
    async with empty_store(settings) as store:
        await restore(store, backup)
        assert await store.identities.find(account("4711").key) == "done"
        assert await store.identities.find(device("d1").key) == "bot"
        assert await store.agents.by_email("LI@example.com") == await process.store.agents.get("li")
        assert await store.logins.several("li"), "nobody has to sign in again"


async def test_news_of_a_crm_still_find_their_customer(process: Process, settings: Settings, tmp_path: Path) -> None:
    """Also of somebody whose conversation lies in the archive: no log of the backup says it."""
    people = {("erp", "003-A"): "done", ("erp", "o'neil/7"): "archived", ("shop", "003-A"): "bot"}
    for (connection, external_id), conversation in people.items():
        await process.store.crm_people.remember(connection, external_id, conversation)
    await take(process.store, tmp_path / "a")
    async with empty_store(settings) as store:
        await restore(store, tmp_path / "a")
        found = {who: await store.crm_people.find(*who) for who in people}
        assert found == people
        assert await store.crm_people.find("shop", "o'neil/7") is None


async def test_a_login_that_ran_out_since_stays_out(backup: Path, settings: Settings) -> None:
    def past(its: list[Line]) -> None:
        next(line for line in its if line["k"] == "login")["until"] = now_ms() - 1

    async with empty_store(settings) as store:
        await restore(store, rewrite(backup, past))
        assert not await store.logins.several("li")


async def test_the_hub_goes_on_from_there(process: Process, backup: Path, settings: Settings) -> None:
    async with empty_store(settings) as store:
        await restore(store, backup)
        before = await process.store.logs.load("long")
        async with a_process(settings.model_copy(update=prefix_of(store)), Clock()) as there:
            done = await there.say("long", "and on")
            assert (done.seq, done.dup) == (before.seq + 1, False)
            await there.ask(
                "queued", c.Reserve(LI.id, LI.name, 1, (await there.conversations.newest("queued")).desk.tenure)
            )


async def test_a_command_that_was_done_before_is_not_done_again(
    process: Process, settings: Settings, tmp_path: Path
) -> None:
    """The device did not hear the ack, and sends it again after the restore."""
    done = await process.say("long", "once", id="the-same-id")
    await take(process.store, tmp_path / "a")
    async with empty_store(settings) as store:
        await restore(store, tmp_path / "a")
        async with a_process(settings.model_copy(update=prefix_of(store)), Clock()) as there:
            again = await there.say("long", "once", id="the-same-id")
            assert (again.seq, again.dup) == (done.seq, True)


async def test_the_bot_does_not_answer_again_what_it_has_answered(
    process: Process, settings: Settings, tmp_path: Path
) -> None:
    """It had spoken, but where it stood was not yet stored. The epoch is new, its ids are not."""
    shard = next(s for s in range(settings.shards) if process.store.keys.shard(s) == process.store.keys.of("bot"))
    await process.store.positions.put(shard, (await process.store.todo.tips([shard]))[shard])
    asked = await process.say("bot", "anybody?")
    it = await process.conversations.newest("bot")
    turn = c.BotTurn(it.desk.tenure, asked.seq, (text("I am here"),))
    said = await process.ask("bot", turn, BOT, turn_id(await entry_at("bot", asked.seq, process.store)))
    await take(process.store, tmp_path / "a")
    async with empty_store(settings) as store:
        await restore(store, tmp_path / "a")
        entries = await store.todo.read({shard: await store.positions.get(shard)})
        assert (entries[0].conversation, entries[0].seq) == ("bot", asked.seq), "the reactions go on at the same place"
        async with a_process(settings.model_copy(update=prefix_of(store)), Clock()) as there:
            assert (await there.conversations.newest("bot")).epoch != it.epoch
            again = await there.ask("bot", turn, BOT, turn_id(await entry_at("bot", asked.seq, store)))
            assert (again.seq, again.dup) == (said.seq, True)


async def entry_at(conversation: str, seq: int, store: Store) -> Logged:
    [entry] = await store.logs.after(conversation, seq - 1, 1)
    return decode(entry.frame)


async def test_jobs_go_on_in_their_order(process: Process, settings: Settings, tmp_path: Path) -> None:
    jobs = [Job(f"j{n}", "crm.ticket", "lane", {"n": n}) for n in range(3)]
    await outcome(process.store.committer, commit("jobs", jobs=jobs))
    shard = next(s for s in range(settings.shards) if process.store.keys.shard(s) == process.store.keys.of("jobs"))
    await process.store.outbox.claim(shard, now_ms())  # somebody had it in hand
    await take(process.store, tmp_path / "a")
    async with empty_store(settings) as store:
        await restore(store, tmp_path / "a")
        found = []
        while claimed := [job for job in await store.outbox.claim(shard, now_ms()) if job.lane == "lane"]:
            found += [job.payload["n"] for job in claimed]
            await store.outbox.done(claimed[0])
        assert found == [0, 1, 2]


async def test_a_backup_of_a_restored_store_is_whole(backup: Path, settings: Settings, tmp_path: Path) -> None:
    async with empty_store(settings) as store:
        await restore(store, backup)
        await take(store, tmp_path / "again")
    found = verify(tmp_path / "again")
    assert found.problems == []
    assert (found.conversations, found.entries) == (verify(backup).conversations, verify(backup).entries)


async def test_a_conversation_that_changed_while_it_was_read_ends_as_it_was_last(
    backup: Path, settings: Settings
) -> None:
    def earlier(its: list[Line]) -> None:
        head = next(line for line in its if line["k"] == "conversation" and line["id"] == "queued")
        log = its[its.index(head) + 1]
        first = {**head, "seq": 3, "place": "bot", "tenure": "", "snap": ""}
        its[its.index(head) : its.index(head)] = [first, {**log, "entries": log["entries"][:3]}]

    other = rewrite(backup, earlier)
    async with empty_store(settings) as store:
        await restoring(store).run(other, anyway=True)
        assert place(await store.logs.load("queued")) == "queue"
        assert await store.places.members("bot") == ["bot", "long"] or "queued" not in await store.places.members("bot")
        assert await store.places.members("queue") == ["queued"]


# --- what it refuses --------------------------------------------------------------------------------------


async def everything(store: Store) -> list[bytes]:
    return sorted(await store.client.do("KEYS", f"{store.keys.prefix}:*"))


async def test_a_store_that_is_not_empty_is_left_alone(process: Process, backup: Path) -> None:
    before = await logs(process.store), await everything(process.store)
    with pytest.raises(StoreNotEmpty):
        await restore(process.store, backup)
    assert (await logs(process.store), await everything(process.store)) == before


async def test_so_is_one_with_nothing_but_a_conversation(backup: Path, settings: Settings) -> None:
    async with empty_store(settings) as store:
        await outcome(store.committer, commit("somebody"))
        with pytest.raises(StoreNotEmpty):
            await restore(store, backup)


async def test_one_in_which_a_hub_works_is_left_alone(backup: Path, settings: Settings) -> None:
    async with empty_store(settings) as store:
        await store.leases.announce(now_ms())
        with pytest.raises(HubRunning):
            await restore(store, backup)


async def test_another_number_of_shards_is_named(backup: Path, settings: Settings) -> None:
    async with empty_store(settings, shards=8) as store:
        with pytest.raises(WrongShards, match="4 shards"):
            await restore(store, backup)


async def test_a_newer_schema_is_named(backup: Path, settings: Settings) -> None:
    def newer(its: list[Line]) -> None:
        its[0]["schema"] = 99

    async with empty_store(settings) as store:
        with pytest.raises(StoreTooNew):
            await restore(store, rewrite(backup, newer))


async def test_a_log_with_a_gap_is_only_restored_on_demand(backup: Path, settings: Settings) -> None:
    def a_gap(its: list[Line]) -> None:
        at = next(n for n, line in enumerate(its) if line["k"] == "conversation" and line["id"] == "long")
        its[at]["seq"] += 1

    other = rewrite(backup, a_gap)
    async with empty_store(settings) as store:
        with pytest.raises(BackupDamaged, match="conversation long"):
            await restore(store, other)
        assert await logs(store) == {}
        await restoring(store).run(other, anyway=True)
        assert len(await logs(store)) == 5


class Broken:
    """A store that goes away after so many round trips."""

    def __init__(self, client: Any, left: int) -> None:
        self._client = client
        self._left = left

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def several(self, commands: list[Any]) -> Any:
        self._left -= 1
        if self._left < 0:
            raise StoreUnavailable("gone")
        return await self._client.several(commands)


@pytest.mark.parametrize("after", [1, 4, 9])
async def test_cut_off_it_keeps_the_hub_out_and_is_run_again(
    process: Process, backup: Path, settings: Settings, after: int
) -> None:
    async with empty_store(settings) as store:
        broken = replace(store, client=Broken(store.client, after))
        with pytest.raises(StoreUnavailable):
            await restore(broken, backup)
        with pytest.raises(RestoreUnfinished):
            await settle(store.client, store.keys)
        await restore(store, backup)
        await settle(store.client, store.keys)
        assert await logs(store) == await logs(process.store)
        assert json.dumps(lines(backup))
