"""What connectors remember of their writes, in PostgreSQL: all that it promises in SQLite, also to two hubs at once."""

import asyncio

import pytest

from hub.crm.rest.references import Key, References
from hub.model.errors import CrmUnavailable
from tests.crm.rest import conftest, test_references
from tests.crm.rest.acts import NOW
from tests.servers.test_postgres import postgres, url

pytestmark = pytest.mark.servers

__all__ = ["postgres", "references", "url"]
ONLY_A_FILES = {"test_the_file_is_ours_alone"}
references = conftest.references
globals().update({n: it for n, it in vars(test_references).items() if n.startswith("test_") and n not in ONLY_A_FILES})


@pytest.fixture
def address(url: str) -> str:
    return url


async def test_of_many_that_want_the_same_write_one_has_it(references: References, address: str) -> None:
    """Each in a transaction of its own, all at once: SQLite has one writer, PostgreSQL has as many as there are."""
    others = [references, *[await References.open(address) for _ in range(3)]]
    key = Key("crm", "create_ticket", "wanted by all")
    tries = [it.begin(key, "c1", f"owner-{n}-{nth}", NOW) for nth in range(8) for n, it in enumerate(others)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(it).__name__ for it in results) == ["Begun"] + ["CrmUnavailable"] * (len(tries) - 1)
    await asyncio.gather(*(it.close() for it in others[1:]))


async def test_a_database_that_went_away_is_an_error_of_ours(references: References, postgres: str) -> None:
    gone = postgres.replace("host=", "host=/nowhere")
    with pytest.raises(CrmUnavailable):
        await References.open(gone)
