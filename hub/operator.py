"""What the `onethread` command does to a store, whether the hub runs or not: accounts, dead letters, imports."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import tzinfo
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.backup.file import writing
from hub.backup.restoring import Restoring
from hub.backup.taking import Taken, Taking
from hub.backup.verifying import Verified, verify
from hub.crm.csv_import import import_files
from hub.crm.local_load import Loaded
from hub.crms import open_local
from hub.model.errors import BadRequest, NotFound
from hub.options import policy, store_options
from hub.parts import accounts, new_id, nobody, now_ms
from hub.services.conversations import Conversations
from hub.settings import Settings
from hub.store.agents import Account, Role
from hub.store.outbox import Dead, Outbox
from hub.store.store import open_store


class Added(NamedTuple):
    """An account that was made or, `again`, changed; and how many of its logins that ended."""

    again: bool
    ended: int


async def add_agent(
    settings: Settings,
    email: str,
    name: str,
    role: Role | None,
    capacity: int | None,
    teams: tuple[str, ...] | None,
    skills: tuple[str, ...] | None,
    password: str,
) -> Added:
    """Who has the address already keeps what is None, gets the rest, and their logins end.

    Raises BadRequest: too short a password.
    """
    async with open_store(store_options(settings)) as store, asyncio.TaskGroup() as tasks:
        conversations = Conversations(store.committer, store.logs, policy(settings), store.clock, nobody, tasks)
        staff = accounts(store, conversations)
        held = await store.agents.id_of(email)
        known = await store.agents.get(held) if held else None
        account = known or Account(id=held or new_id(), name=name, email=email, capacity=settings.agent_capacity)
        given = {"role": role, "capacity": capacity, "teams": teams, "skills": skills}
        changes = {name: value for name, value in given.items() if value is not None}
        account = account.model_copy(update={"name": name, "email": email, **changes})
        await staff.add(account, password)
        return Added(bool(held), await staff.end_logins(account.id))


# --- dead letters -----------------------------------------------------------------------------------------


@asynccontextmanager
async def _outbox(settings: Settings) -> AsyncIterator[Outbox]:
    async with open_store(store_options(settings)) as store:
        yield store.outbox


async def dead_letters(settings: Settings) -> list[Dead]:
    async with _outbox(settings) as outbox:
        return await outbox.every_dead()


async def dead_letter(settings: Settings, job: str) -> Dead:
    """Raises NotFound."""
    async with _outbox(settings) as outbox:
        return await _find(outbox, job)


async def replay(settings: Settings, job: str) -> Dead:
    """Raises NotFound."""
    async with _outbox(settings) as outbox:
        dead = await _find(outbox, job)
        if not await outbox.replay(dead.shard, job):
            raise _none(job)  # somebody else was quicker
        return dead


async def replay_all(settings: Settings) -> list[Dead]:
    """In the order in which they were put aside, which is that of each lane."""
    async with _outbox(settings) as outbox:
        return [dead for dead in await outbox.every_dead() if await outbox.replay(dead.shard, dead.id)]


async def drop(settings: Settings, job: str) -> Dead:
    """Raises NotFound."""
    async with _outbox(settings) as outbox:
        dead = await _find(outbox, job)
        if not await outbox.drop(dead.shard, job):
            raise _none(job)
        return dead


async def _find(outbox: Outbox, job: str) -> Dead:
    found = next((dead for dead in await outbox.every_dead() if dead.id == job), None)
    if found is None:
        raise _none(job)
    return found


def _none(job: str) -> NotFound:
    return NotFound(f"no job {job} was put aside")


# --- backups ----------------------------------------------------------------------------------------------


async def backup(settings: Settings, path: Path) -> Taken:
    """Raises StoreUnavailable, BadRequest: the file can't be written."""
    async with open_store(store_options(settings)) as store:
        try:
            with writing(path) as writer:
                return await Taking(store, writer, store.clock).run()
        except OSError as error:
            raise BadRequest(f"{path}: {error.strerror}") from error


async def verify_backup(path: Path) -> Verified:
    """Raises BackupDamaged, BackupTooNew, BadRequest: the file can't be read."""
    try:
        return verify(path)
    except OSError as error:
        raise BadRequest(f"{path}: {error.strerror}") from error


async def restore(settings: Settings, path: Path, anyway: bool) -> Verified:
    """Raises StoreNotEmpty, HubRunning, WrongShards, BackupDamaged and the like; BadRequest: it can't be read."""
    async with open_store(store_options(settings)) as store:
        try:
            return await Restoring(store, policy(settings), store.clock).run(path, anyway=anyway)
        except OSError as error:
            raise BadRequest(f"{path}: {error.strerror}") from error


# --- the CRM ----------------------------------------------------------------------------------------------


async def import_crm(
    settings: Settings, customers: Path | None, orders: Path | None, encoding: str, zone: str
) -> tuple[Loaded, Loaded]:
    """Raises BadRequest that names each problem by line, CrmUnavailable."""
    where = _zone(zone)
    people, bought = _content(customers), _content(orders)
    async with open_local(settings, now_ms) as crm:
        return await import_files(crm, people, bought, zone=where, encoding=encoding)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise BadRequest(f"zone: {name} is not known; it must be like Asia/Shanghai") from unknown


def _content(file: Path | None) -> bytes | None:
    try:
        return file.read_bytes() if file else None
    except OSError as error:
        raise BadRequest(f"{file}: {error.strerror}") from error
