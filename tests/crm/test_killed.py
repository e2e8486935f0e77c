"""Line 3 of the part: a CRM process killed three times in the middle of 200 write-backs, and the workers with it.

Everything is real: the store, the outbox, the connector behind a mapping file, and a CRM that is another process.
"""

import asyncio
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hub.crms import Crms, open_crms
from hub.model import commands as c
from hub.model.asks import TicketAsk
from hub.model.crm import TicketDraft
from hub.model.identity import Identity, IdentityKind, Proof
from hub.services.carrier import Carrier
from hub.services.customers import Customers
from hub.services.effects import Effects
from hub.settings import CrmSetting, Settings
from hub.store import outbox as outboxes
from tests.crm.plain_crm import MAPPING, TOKEN, database
from tests.ports import free_port
from tests.services.acts import LI, Process, a_process, fresh, running

pytestmark = pytest.mark.long

PEOPLE, EACH, KILLS = 40, 5, 3
PATIENCE_S = 90.0
ROOT = Path(__file__).parents[2]


class PlainCrm:
    """The CRM's process, on one port for all its lives."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "plain.sqlite3"
        self.port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crm.plain_crm", str(self.port), str(self.file), cwd=ROOT
        )
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return

    async def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        base = database(self.file)
        found = base.execute(query).fetchall()
        base.close()
        return found

    @property
    def count(self) -> int:
        try:
            [(count,)] = self.rows("select count(*) from tickets")
        except sqlite3.OperationalError:
            return 0
        return int(str(count))


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[PlainCrm]:
    crm = PlainCrm(tmp_path)
    base = database(crm.file)
    for n in range(PEOPLE):
        base.execute("insert into customers values (?, ?, ?)", (f"c{n}", f"p{n}@example.com", f"O'Neil {n}"))
    base.close()
    await crm.start()
    yield crm
    await crm.kill()


def with_mapping(settings: Settings, plain: PlainCrm, folder: Path) -> Settings:
    file = folder / "plain.yaml"
    file.write_text(MAPPING)
    secrets = {"PLAIN_URL": f"http://127.0.0.1:{plain.port}", "PLAIN_TOKEN": TOKEN}
    setting = CrmSetting.model_validate({"mapping": str(file), "secrets": secrets})
    return settings.model_copy(update={"crm": {"plain": setting}, "data_dir": folder})


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def carrier(process: Process, crms: Crms) -> Carrier:
    customers = Customers(process.conversations, process.store.identities, fresh)
    store = process.store
    effects = Effects(process.conversations, customers, crms.connections, store.outbox, store.crm_people)
    return Carrier(store.outbox, effects.kinds, now_ms, effects.failed)


async def asked(process: Process) -> None:
    """200 tickets: five for each of forty customers, whom the CRM knows by a proven e-mail address."""
    for n in range(PEOPLE):
        who = Identity(kind=IdentityKind.EMAIL, value=f"p{n}@example.com", proof=Proof.SIGNED)
        await process.arrive(f"p{n}", who)
        for nth in range(EACH):
            draft = TicketDraft(subject=f"p{n}-{nth}", body="' or 1=1 --")
            await process.ask(f"p{n}", c.AskCrm(TicketAsk(draft=draft), "plain"), LI)


async def test_a_crm_that_is_killed_three_times_has_each_of_200_effects_once(
    settings: Settings, plain: PlainCrm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "LEASE_MS", 3_000)  # a killed worker's jobs come back while the test lasts
    named = with_mapping(settings, plain, tmp_path)
    every = frozenset(range(settings.shards))
    async with AsyncExitStack() as stack:
        process = await stack.enter_async_context(a_process(settings, now_ms))  # type: ignore[arg-type]
        crms = await stack.enter_async_context(open_crms(named, now_ms))
        await asked(process)
        for nth in range(KILLS):
            goal = plain.count + 40
            async with running(carrier(process, crms).carry(lambda: every)):  # a new worker each time
                await reached(plain, goal)
                await plain.kill()
                if nth % 2:
                    await asyncio.sleep(0.3)  # it goes on asking somebody who is not there
            await plain.start()
        async with running(carrier(process, crms).carry(lambda: every)):
            await reached(plain, PEOPLE * EACH)
            await idle(process)
        told = [e["type"] for n in range(PEOPLE) for e in await process.log(f"p{n}")]
        assert await process.store.outbox.every_dead() == []
    made = Counter(str(title) for (title,) in plain.rows("select title from tickets"))
    assert made == {f"p{n}-{nth}": 1 for n in range(PEOPLE) for nth in range(EACH)}
    assert plain.rows(
        "select count(*) from tickets where customer <> 'c' || substr(title, 2, instr(title, '-') - 2)"
    ) == [(0,)]
    for n in range(PEOPLE):
        order = [title for (title,) in plain.rows(f"select title from tickets where customer = 'c{n}' order by id")]
        assert order == [f"p{n}-{nth}" for nth in range(EACH)], "in the order of the log"
    assert Counter(told)["effect.done"] == Counter(told)["ticket.opened"] == PEOPLE * EACH
    assert Counter(told)["effect.failed"] == 0


async def reached(plain: PlainCrm, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while plain.count < count:
            await asyncio.sleep(0.01)


async def idle(process: Process) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await process.store.outbox.waiting():
            await asyncio.sleep(0.05)
