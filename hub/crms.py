"""The CRMs that the settings name, opened: each counted, and watched for how it does."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import get_args

from hub.connections import Connection, Connections
from hub.crm.counted import CountedCrm
from hub.crm.local import LocalCrm
from hub.crm.vitals import Vitals
from hub.model.crm import Capability
from hub.model.frozen import frozen
from hub.settings import CrmSetting, Settings

EVERYTHING: frozenset[Capability] = frozenset(get_args(Capability))


@frozen
class Crms:
    """`vitals` in the order of the connections."""

    connections: Connections
    vitals: tuple[Vitals, ...]


@asynccontextmanager
async def open_local(settings: Settings, clock: Callable[[], int]) -> AsyncIterator[LocalCrm]:
    """The embedded CRM, in the data directory. Raises CrmUnavailable."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    crm = await LocalCrm.open(settings.data_dir / "crm.sqlite3", clock)
    try:
        yield crm
    finally:
        await crm.close()


@asynccontextmanager
async def open_crms(settings: Settings, clock: Callable[[], int]) -> AsyncIterator[Crms]:
    """All of them, until the block ends. Raises CrmUnavailable, BadRequest: a mapping file is wrong."""
    async with AsyncExitStack() as stack:
        opened = []
        for setting in named(settings).values():
            crm = await stack.enter_async_context(open_local(settings, clock))
            opened.append(connection_of(crm, setting, settings.crm_s))
        yield watched(opened, clock)


def named(settings: Settings) -> dict[str, CrmSetting]:
    """name -> setting; the embedded CRM alone when none is named."""
    return settings.crm or {"local": CrmSetting()}


def connection_of(crm: LocalCrm, setting: CrmSetting, deadline_s: float) -> Connection:
    return Connection(
        crm,
        frozenset(setting.used_for) or EVERYTHING,
        account_ids=setting.account_ids,
        deadline_s=setting.deadline_s or deadline_s,
        title=setting.title or crm.name,
    )


def watched(connections: Iterable[Connection], clock: Callable[[], int]) -> Crms:
    """The same connections, counted."""
    opened = [(each, Vitals(each.name, clock)) for each in connections]
    counted = [replace(each, crm=CountedCrm(each.crm, vitals)) for each, vitals in opened]
    return Crms(Connections(counted), tuple(vitals for _, vitals in opened))


def local_crms(crm: LocalCrm) -> Crms:
    """The embedded CRM alone, used for everything, as without any setting."""
    return watched([connection_of(crm, CrmSetting(), 2.0)], crm.clock)
