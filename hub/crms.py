"""The CRMs that the settings name, opened: each counted, and watched for how it does."""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from hub.crm.counted import CountedCrm
from hub.crm.local import LocalCrm
from hub.crm.vitals import Vitals
from hub.crm_connections import Connection, Connections
from hub.model.crm import Breaker, Capability
from hub.model.errors import BadRequest
from hub.model.frozen import frozen
from hub.ports import Crm
from hub.settings import CrmSetting, Settings

if TYPE_CHECKING:
    from hub.crm.rest.format import Mapping as MappingFile
    from hub.crm.rest.references import References

EVERYTHING: frozenset[Capability] = frozenset(get_args(Capability))


@frozen
class Crms:
    """`vitals` in the order of the connections."""

    connections: Connections
    vitals: tuple[Vitals, ...]

    def breakers(self) -> dict[str, Breaker]:
        return {each.name: each.crm.breaker for each in self.connections}


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
    """All of them, until the block ends. Nothing is asked of them yet.

    Raises CrmUnavailable: the embedded one or what is remembered of the others can't be opened; BadRequest: a mapping
    file is wrong, or a secret of it is not set.
    """
    async with AsyncExitStack() as stack:
        opening = Opening(settings, clock, stack)
        opened = [await opening.one(name, setting) for name, setting in named(settings).items()]
        yield Crms(Connections([connection for connection, _ in opened]), tuple(vitals for _, vitals in opened))


def named(settings: Settings) -> dict[str, CrmSetting]:
    """name -> setting; the embedded CRM alone when none is named."""
    return settings.crm or {"local": CrmSetting()}


class Opening:
    """Opens connections, which `stack` closes."""

    def __init__(self, settings: Settings, clock: Callable[[], int], stack: AsyncExitStack) -> None:
        self._settings = settings
        self._clock = clock
        self._stack = stack
        self._references: References | None = None

    async def one(self, name: str, setting: CrmSetting) -> tuple[Connection, Vitals]:
        vitals = Vitals(name, self._clock)
        if setting.mapping == "local":
            crm = await self._stack.enter_async_context(open_local(self._settings, self._clock))
            found = connection_of(crm, setting, self._settings.crm_s)
        else:
            found = await self._rest(name, setting, vitals)
        return replace(found, crm=CountedCrm(found.crm, vitals)), vitals

    async def _rest(self, name: str, setting: CrmSetting, vitals: Vitals) -> Connection:
        from hub.crm.rest.connector import RestCrm

        mapping, secrets = mapping_of(name, setting)
        crm = await RestCrm.open(mapping, secrets, vitals, await self._remembered(), self._clock, name=name)
        self._stack.push_async_callback(crm.close)
        found = connection_of(crm, setting, self._settings.crm_s)
        return replace(
            found, title=setting.title or crm.title or name, kind="rest", hook=crm if mapping.hooks else None
        )

    async def _remembered(self) -> "References":
        """One database for all connections, opened for the first."""
        if self._references is None:
            from hub.crm.rest.references import References

            self._settings.data_dir.mkdir(parents=True, exist_ok=True)
            self._references = await References.open(references_url(self._settings))
            self._stack.push_async_callback(self._references.close)
        return self._references


def mapping_of(name: str, setting: CrmSetting) -> "tuple[MappingFile, dict[str, str]]":
    """What `[crm.NAME]` names, with its secrets. Raises BadRequest: it can't be used, or one is not set."""
    # Imported when there is one: it takes a third of a second.
    from hub.crm.rest.load import load, preset, secrets_of
    from hub.crm.rest.secrets import secrets_from

    file = Path(setting.mapping)
    given = {key: value.get_secret_value() for key, value in setting.secrets.items()}
    try:
        mapping = load(file if file.suffix else preset(setting.mapping))
        return mapping, {**secrets_from(secrets_of(mapping) - given.keys(), os.environ), **given}
    except BadRequest as problem:
        raise BadRequest(f"[crm.{name}] {problem}") from None


def references_url(settings: Settings) -> str:
    return settings.crm_url or f"sqlite:///{settings.data_dir / 'crm_references.sqlite3'}"


def connection_of(crm: Crm, setting: CrmSetting, deadline_s: float) -> Connection:
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
