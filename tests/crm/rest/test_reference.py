"""Covers hub/crm/rest/reference.py and docs/crm-mapping.md: what is written about the format is so."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from hub.crm.rest.connector import RestCrm
from hub.crm.rest.format import Mapping
from hub.crm.rest.load import loads, preset
from hub.crm.rest.reference import SCHEMA, main, outputs
from hub.crm.rest.references import References
from hub.model.crm import CustomerKeys, FieldChange, TicketChange, TicketDraft
from tests.crm.rest.acts import HERE, NOW, Noted
from tests.crm.rest.server import Crm

ROOT = Path(__file__).parents[3]
TUTORIAL = (ROOT / "docs" / "crm-mapping.md").read_text()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL)


def test_what_is_generated_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ROOT, check=True) == 0, capsys.readouterr().out


def test_every_key_of_the_format_is_in_the_reference() -> None:
    page = outputs()["docs/crm-format.md"]
    for name, field in Mapping.model_fields.items():
        assert f"`{field.alias or name}`" in page


@pytest.mark.parametrize("path", sorted((HERE / "mappings").glob("*.yaml")), ids=lambda path: path.stem)
def test_mappings_that_load_fit_the_schema(path: Path) -> None:
    jsonschema.validate(yaml.safe_load(path.read_text()), json.loads(outputs()[SCHEMA]))


async def test_the_tutorials_file_works(crm: Crm, url: str, noted: Noted, references: References) -> None:
    """Its first three blocks are one file, and a real CRM answers it."""
    crm.tokens["key"] = float("inf")
    mapping = loads("".join(BLOCKS[:3]), "acme.yaml")
    it = await RestCrm.open(mapping, {"ACME_URL": f"{url}/api", "ACME_KEY": "key"}, noted, references, lambda: NOW)
    try:
        [found] = await it.find_customer(CustomerKeys(emails=("wang.li@example.com",)))
        assert (found.name, found.phones[0].e164) == ("王丽", "+8613800001234")
        assert len(await it.orders("cust_wang")) == 3
        ticket = await it.create_ticket("cust_wang", TicketDraft(subject="漏水", body="leaks"), "m1")
        assert [one.body for one in await it.tickets("cust_wang")] == ["leaks"]
        changed = await it.update_ticket("cust_wang", ticket.number, TicketChange(status="solved"), "m2")
        assert changed.status == "solved"
        edit = FieldChange(field="emails", was="wang.li@example.com", now="wang@example.com")
        assert (await it.update_customer("cust_wang", (edit,), "m3")).emails == ("wang@example.com",)
    finally:
        await it.close()
    assert noted.drifts == []


def test_what_is_added_to_the_salesforce_file_fits_into_it() -> None:
    page = (ROOT / "docs" / "crm-connectors.md").read_text()
    [block] = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert loads(preset("salesforce").read_text() + block).hooks is not None


@pytest.mark.parametrize("block", BLOCKS[3:], ids=lambda block: block.split("\n")[0][:30])
def test_the_other_examples_fit_into_a_file(block: str) -> None:
    """Each is a part of a look-up, or the file's `auth`; the languages' parts are one after the other."""
    for part in yaml.safe_load_all(block):
        changed: dict[str, Any] = yaml.safe_load("".join(BLOCKS[:3]))
        look_up = changed["customer"]["look_up"][1]
        if "auth" in part:
            changed |= part
        elif "request" in part:
            look_up |= part
        else:
            look_up["request"] = {"path": "/x", **part}
        loads(yaml.safe_dump(changed, allow_unicode=True))
