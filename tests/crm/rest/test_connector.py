"""Covers hub/crm/rest/connector.py: what a file maps is what the connector can. The port's own contract, which it
passes against two CRMs, is tests/contracts/test_crm.py.
"""

import subprocess
import sys

import pytest

from hub.crm.rest.connector import RestCrm
from hub.crm.rest.load import load
from hub.crm.rest.references import References
from hub.model.crm import CustomerKeys
from hub.model.errors import BadRequest, CrmLacks
from tests.crm.rest.acts import HERE, Noted
from tests.crm.rest.conftest import Connect
from tests.crm.rest.server import Crm

UNHARMED = {
    "s.o'neil@example.com": "Siobhán O'Neil",
    "nana@example.com": "欧阳·娜娜",
    "tables@example.com": "Bobby ' or 1=1 --",
}


async def test_what_the_file_maps_is_what_it_can(connect: Connect) -> None:
    it = await connect("challenge")
    assert {"customer", "orders", "tickets", "create_ticket", "tag", "update_customer"} <= it.can
    assert not {"shipments", "points", "add_task"} & it.can
    assert set(it.editable) == {"name", "emails", "company"}
    with pytest.raises(CrmLacks):
        await it.shipments("cust_wang")


@pytest.mark.parametrize("name", ["challenge", "rest"])
async def test_names_of_all_kinds_go_through_each_query_language_unharmed(connect: Connect, name: str) -> None:
    it = await connect(name)
    for email, who in UNHARMED.items():
        assert [one.name for one in await it.find_customer(CustomerKeys(emails=(email,)))] == [who]
    injection = "' or 1=1 --"  # somebody's real account id
    assert [one.external_id for one in await it.find_customer(CustomerKeys(external_id=injection))] == [injection]
    assert await it.orders(injection) == []


@pytest.mark.parametrize("phone", ["138 0000 1234", "+86-138-0000-1234", "0086 13800001234", "13800001234"])
@pytest.mark.parametrize("name", ["challenge", "rest"])
async def test_a_number_is_found_however_it_is_written(connect: Connect, name: str, phone: str) -> None:
    it = await connect(name)
    assert [one.external_id for one in await it.find_customer(CustomerKeys(phones=(phone,)))] == ["cust_wang"]


async def test_the_session_lasts_for_all_requests_and_is_signed_for_again_when_it_is_lost(
    connect: Connect, crm: Crm
) -> None:
    it = await connect("challenge")
    for _ in range(3):
        await it.find_customer(CustomerKeys(emails=("wang.li@example.com",)))
    assert crm.calls["login"] == 1
    crm.once = ["lost session"]
    assert len(await it.find_customer(CustomerKeys(emails=("wang.li@example.com",)))) == 1
    assert crm.calls["login"] == 2


async def test_a_base_url_that_is_no_address_is_named(references: References, noted: Noted) -> None:
    mapping = load(HERE / "mappings" / "challenge.yaml")
    with pytest.raises(BadRequest, match="base_url"):
        await RestCrm.open(mapping, {"CRM_URL": ""}, noted, references, lambda: 0)


def test_a_hub_without_a_mapping_does_not_load_what_mappings_need() -> None:
    """`onethread version` and a hub with the local CRM start as fast as before."""
    code = (
        "import sys, hub.cli, hub.main, hub.work\n"
        "heavy = {'httpx', 'jsonata', 'stamina', 'purgatory', 'aiolimiter', 'yaml', 'hub.crm.rest.connector'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
