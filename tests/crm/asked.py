"""A CRM, asked without the hub: what a test compares the connector's words with."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from hub.crm.rest.connector import RestCrm
from hub.crm.rest.load import loads, preset
from hub.crm.rest.references import References
from tests.crm.conftest import NOW


class Asked(Protocol):
    """By its own API, in its database, or (a front) in its data. `who` is a person of the cast, by external_id.

    What is told is in the CRM's own words. `orders`: who -> the number of their one order; `edited`: a field that its
    mapping lets agents edit.
    """

    name: str
    orders: Mapping[str, str]
    edited: str

    @property
    def secrets(self) -> dict[str, str]: ...
    def add_person(self, person: Mapping[str, Any]) -> None: ...
    def tickets(self, who: str) -> list[tuple[str, str]]:
        """(subject, status) of each."""
        ...

    def comments(self, who: str) -> list[str]:
        """On their tickets."""
        ...

    def notes(self, who: str) -> list[str]: ...
    def tasks(self, who: str) -> list[str]:
        """Titles."""
        ...

    def leads(self, name: str, contact: str) -> int: ...
    def tags(self, who: str) -> list[str]: ...
    def noticed(self, who: str) -> list[str]:
        """What insights of sessions say, in the CRM's own words: their intent, sentiment, urgency and language."""
        ...

    def filterless(self, text: str, part: str) -> str:
        """Makes the CRM ignore the filters of `part`, "customer" or "orders", and answer with everybody.

        `text` is the mapping file; what is given back is used in its place.
        """
        ...


class Noticed:
    """Findings, kept."""

    def __init__(self) -> None:
        self.drifts: list[tuple[str, str, str]] = []
        self.values: list[tuple[str, str, str]] = []

    def drift(self, operation: str, path: str, problem: str) -> None:
        self.drifts.append((operation, path, problem))

    def unmapped(self, operation: str, field: str, value: str) -> None:
        self.values.append((operation, field, value))


@asynccontextmanager
async def connected(
    asked: Asked, folder: Path, *, text: str = "", noticed: Noticed | None = None, limits: Mapping[str, Any] = {}
) -> AsyncIterator[RestCrm]:
    """The connector by the shipped file, or by `text`. `limits` stand in the place of the file's."""
    mapping = loads(text or preset(asked.name).read_text(), asked.name)
    mapping = mapping.model_copy(update={"limits": mapping.limits.model_copy(update=dict(limits))})
    references = await References.open(f"sqlite:///{folder / 'references.sqlite3'}")
    crm = await RestCrm.open(mapping, asked.secrets, noticed or Noticed(), references, lambda: NOW, name=asked.name)
    try:
        yield crm
    finally:
        await crm.close()
        await references.close()
