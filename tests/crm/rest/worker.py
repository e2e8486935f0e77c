"""A worker that a test kills: `worker.py URL DATABASE NOW FIRST LAST` opens the tickets m<FIRST> to m<LAST - 1>."""

import asyncio
import sys

from hub.crm.rest.connector import RestCrm
from hub.crm.rest.load import load
from hub.crm.rest.references import References
from hub.model.crm import TicketDraft
from tests.crm.rest.acts import HERE, Noted, secrets


async def work(url: str, database: str, now: int, first: int, last: int) -> None:
    references = await References.open(database)
    mapping = load(HERE / "mappings" / "challenge.yaml")
    crm = await RestCrm.open(mapping, secrets(url), Noted(), references, lambda: now, name="challenge")
    try:
        for nth in range(first, last):
            await crm.create_ticket("cust_wang", TicketDraft(subject=f"s{nth}"), f"m{nth}")
    finally:
        await crm.close()
        await references.close()


if __name__ == "__main__":
    address, database, *numbers = sys.argv[1:]
    asyncio.run(work(address, database, *map(int, numbers)))
