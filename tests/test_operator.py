"""Covers hub/operator.py, as a person uses it: accounts that are added again, dead letters, imports."""

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from hub import operator
from hub.crm.local import LocalCrm
from hub.crms import open_local
from hub.model.crm import CustomerKeys
from hub.model.effects import Job
from hub.model.errors import BadRequest, CrmUnavailable, NotFound
from hub.parts import now_ms
from hub.settings import Settings
from hub.store.outbox import TRIES
from hub.store.store import Store
from tests.processes import COMMAND, environment
from tests.running import PASSWORD, Hub
from tests.store.acts import commit, outcome

pytestmark = pytest.mark.long

SECRET = "她的电话是 13800001234"  # what people wrote
HOUR_MS = 3_600_000


async def onethread(settings: Settings, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [*COMMAND, *words],
        env=environment(settings, 1),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


# --- accounts ---------------------------------------------------------------------------------------------


async def test_an_agent_who_is_added_again_is_signed_out(hub: Hub) -> None:
    """Somebody knows the password, so it is changed: whoever is in with the old one must not stay."""
    liming, phone, anna = await hub.agent(), await hub.agent(), await hub.agent("anna@example.com")
    done = await onethread(
        hub.settings, "agent", "add", "LiMing@example.com", "--name", "李明", stdin="a new password\n"
    )
    assert done.returncode == 0, done.stderr
    assert "has a new password: 2 logins of it ended" in done.stdout
    for peer in (liming, phone):
        assert await peer.close_code() == 4001
    assert (await anna.ask("inbox.follow", view="mine"))["t"] == "ack"
    old = await hub.http.post("/api/v1/login", json={"email": "liming@example.com", "password": PASSWORD})
    assert old.status_code == 401
    new = await hub.http.post("/api/v1/login", json={"email": "liming@example.com", "password": "a new password"})
    assert new.json()["agent"]["id"] == "liming"


async def test_an_agent_who_is_signed_out_from_afar_is_offered_nobody(hub: Hub) -> None:
    """The command is another process than `serve`: what the agent held goes back, and who asks next waits."""
    liming, wang = await hub.agent(), await hub.customer("wang")
    await liming.ask("inbox.follow", view="mine")
    await wang.say("转人工")
    asked = await liming.until(lambda f: f["t"] == "inbox" and any(row["reservation"] for row in f["rows"]))
    [conversation] = [row["conversation"] for row in asked["rows"] if row["reservation"]]
    assert (await liming.ask("reservation.accept", conversation=conversation))["t"] == "ack"
    done = await onethread(
        hub.settings, "agent", "add", "liming@example.com", "--name", "李明", stdin="a new password\n"
    )
    assert done.returncode == 0, done.stderr
    await wang.until(lambda f: f.get("type") == "owner.changed" and f["d"]["reason"] == "agent_left", seen=True)
    assert await hub.store.presence.here(hub.store.clock()) == []


async def test_an_agent_keeps_what_is_not_named(settings: Settings, store: Store) -> None:
    mei = ["agent", "add", "mei@example.com", "--name", "Mei"]
    given = ["--role", "admin", "--capacity", "9", "--team", "sales", "--team", "zh", "--skill", "kettles"]
    await onethread(settings, *mei, *given, stdin="long enough\n")
    again = await onethread(settings, *mei, "--skill", "", stdin="another one\n")
    assert "it keeps what you did not name" in again.stdout, again.stderr
    found = await store.agents.by_email("mei@example.com")
    assert found
    assert (found.role, found.capacity, found.teams, found.skills) == ("admin", 9, ("sales", "zh"), ())


async def test_an_account_that_can_not_be_read_is_mended_by_adding_it_again(settings: Settings, store: Store) -> None:
    first = await onethread(settings, "agent", "add", "mei@example.com", "--name", "Mei", stdin="long enough\n")
    assert "has a new password" not in first.stdout
    [mei] = await store.agents.ids()
    await store.client.do("HSET", store.keys.everywhere("agents"), mei, "torn{")
    again = await onethread(settings, "agent", "add", "mei@example.com", "--name", "Mei", stdin="long enough\n")
    assert "no logins of it ended" in again.stdout, again.stderr
    found = await store.agents.get(mei)
    assert found
    assert found.name == "Mei"


# --- dead letters -----------------------------------------------------------------------------------------


async def put_aside(store: Store, *ids: str, hours_ago: int = 3) -> int:
    """Jobs of one lane, which all failed for good; the shard that they are in."""
    jobs = [Job(id, "crm.ticket", "crm:wang", {"draft": {"title": SECRET}}) for id in ids]
    await outcome(store.committer, commit("wang", jobs=jobs))
    shard = next(s for s in range(4) if store.keys.shard(s) == store.keys.of("wang"))
    for _ in range(TRIES * len(ids)):
        [job] = await store.outbox.claim(shard, 2**42)
        await store.outbox.failed(job, "crm_unavailable: it is closed", now_ms() - hours_ago * HOUR_MS)
    return shard


async def test_without_dead_letters_it_says_so(settings: Settings) -> None:
    for words in (["outbox"], ["outbox", "list"], ["outbox", "replay", "--all"]):
        said = await onethread(settings, *words)
        assert (said.returncode, said.stdout) == (0, "Nothing was put aside.\n"), said.stderr


async def test_dead_letters_are_listed_and_shown_without_what_people_wrote(settings: Settings, store: Store) -> None:
    await put_aside(store, "ticket:1", "ticket:2")
    listed = await onethread(settings, "outbox")
    sentence = "    crm.ticket of conversation wang, put aside 3 h ago after 5 tries: crm_unavailable: it is closed\n"
    assert listed.stdout == f"ticket:1\n{sentence}ticket:2\n{sentence}2 jobs put aside.\n", listed.stderr
    shown = await onethread(settings, "outbox", "show", "ticket:2")
    assert shown.stdout == f"ticket:2\n{sentence}    lane crm:wang; carries draft\n", shown.stderr
    assert SECRET not in listed.stdout + shown.stdout


async def test_dead_letters_are_replayed_and_dropped_by_name(settings: Settings, store: Store) -> None:
    shard = await put_aside(store, "j1", "j2", "j3", "j4")
    dropped = await onethread(settings, "outbox", "drop", "j2")
    assert dropped.stdout.startswith("Dropped: crm.ticket of conversation wang"), dropped.stderr
    assert (await onethread(settings, "outbox", "replay", "j4")).stdout == "1 job will be tried again.\n"
    assert (await onethread(settings, "outbox", "replay", "--all")).stdout == "2 jobs will be tried again.\n"
    assert await store.outbox.every_dead() == []
    for wanted in ("j4", "j1", "j3"):
        [job] = await store.outbox.claim(shard, 2**43)
        assert (job.id, job.tries, job.payload) == (wanted, 1, {"draft": {"title": SECRET}})
        await store.outbox.done(job)


async def test_a_job_that_is_none_of_them(settings: Settings) -> None:
    for act in (operator.dead_letter, operator.replay, operator.drop):
        with pytest.raises(NotFound, match="no job nosuch was put aside"):
            await act(settings, "nosuch")
    said = await onethread(settings, "outbox", "show", "nosuch")
    assert (said.returncode, said.stderr) == (2, "onethread: not_found: no job nosuch was put aside\n")


@pytest.mark.parametrize("words", [[], ["j1", "--all"]])
async def test_one_is_replayed_or_all(settings: Settings, words: list[str]) -> None:
    said = await onethread(settings, "outbox", "replay", *words)
    assert (said.returncode, said.stderr) == (2, "Either the id of a job, or --all.\n")


# --- the CRM ----------------------------------------------------------------------------------------------

CUSTOMERS = "external_id,name,emails\nc1,王丽,wl@example.com\nc2,李雷,ll@example.com\n"
ORDERS = "number,customer,placed_at,status,item\nA-1,c1,2026-11-22T18:30,shipped,电饭煲\n"


async def the_customer(crm: LocalCrm) -> object:
    return await crm.find_customer(CustomerKeys(emails=("wl@example.com",)))


async def test_files_are_imported_and_the_same_again_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    people, bought = tmp_path / "customers.csv", tmp_path / "orders.csv"
    people.write_bytes(CUSTOMERS.encode("gb18030"))
    bought.write_bytes(ORDERS.encode("gb18030"))
    words = ["crm", "import", str(people), "--orders", str(bought), "--encoding", "gb18030", "--zone", "Asia/Shanghai"]
    first = await onethread(settings, *words)
    assert first.stdout == (
        "Customers: 2 added, 0 changed, 0 as they were.\nOrders: 1 added, 0 changed, 0 as they were.\n"
    ), first.stderr
    async with open_local(settings, now_ms) as crm:
        [order] = await crm.orders("c1")
        assert (order.placed_at, order.items[0].name) == (1_795_343_400_000, "电饭煲")
        before = await the_customer(crm)
    again = await onethread(settings, *words)
    assert again.stdout == (
        "Customers: 0 added, 0 changed, 2 as they were.\nOrders: 0 added, 0 changed, 1 as they were.\n"
    ), again.stderr
    only = await onethread(settings, "crm", "import", "--orders", str(bought), "--encoding", "gb18030")
    assert only.stdout.startswith("Orders: 0 added, 1 changed"), "another zone"
    async with open_local(settings, now_ms) as crm:
        assert await the_customer(crm) == before


async def test_what_is_wrong_is_named_by_its_line_and_nothing_is_imported(settings: Settings, tmp_path: Path) -> None:
    people, bought = tmp_path / "customers.csv", tmp_path / "orders.csv"
    people.write_text(CUSTOMERS)
    bought.write_text(ORDERS + "A-2,c9,yesterday,shipped,x\n")
    said = await onethread(settings, "crm", "import", str(people), "--orders", str(bought))
    assert said.returncode == 2
    assert "orders: line 3, column customer: is no customer here" in said.stderr
    assert "orders: line 3, column placed_at: must be a time" in said.stderr
    assert "Traceback" not in said.stderr
    async with open_local(settings, now_ms) as crm:
        assert await the_customer(crm) == []


@pytest.mark.parametrize(
    ("file", "encoding", "zone", "wrong"),
    [
        ("nosuch.csv", "utf-8", "UTC", "nosuch.csv: No such file"),
        (".", "utf-8", "UTC", "Is a directory"),
        ("customers.csv", "utf-8", "Europe/Nowhere", "zone: Europe/Nowhere is not known"),
        ("customers.csv", "utf-8", "../etc/passwd", "zone: ../etc/passwd is not known"),
        ("customers.csv", "klingon", "UTC", "encoding: klingon is not known"),
        ("customers.csv", "ascii", "UTC", "line 2: this is not ascii"),
    ],
)
async def test_a_call_that_can_not_be(
    settings: Settings, tmp_path: Path, file: str, encoding: str, zone: str, wrong: str
) -> None:
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    with pytest.raises(BadRequest, match=re.escape(wrong)):
        await operator.import_crm(settings, tmp_path / file, None, encoding, zone)


async def test_there_must_be_a_file(settings: Settings) -> None:
    said = await onethread(settings, "crm", "import")
    assert (said.returncode, said.stderr) == (2, "Name a file of customers, or --orders.\n")


async def test_a_crm_that_can_not_be_opened_is_said_in_a_sentence(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "crm.sqlite3").write_text("this is no database, and long enough to be seen as none " * 40)
    said = await onethread(settings, "crm", "import", str(tmp_path / "customers.csv"))
    assert said.returncode == 1
    assert CrmUnavailable.code in said.stderr
    assert "Traceback" not in said.stderr
