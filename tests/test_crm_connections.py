"""Covers hub/crm_connections.py: who is asked what, and by what a CRM may be asked."""

from types import SimpleNamespace
from typing import cast

import pytest

from hub.crm_connections import Connection, Connections, chosen, keys_of, wider
from hub.model.crm import Capability, CrmCustomer, CustomerKeys, Phone
from hub.model.identity import Identity, IdentityKind, Proof
from hub.ports import Crm
from tests.model.story import account, device, email


def connection(name: str, *used_for: Capability, can: tuple[Capability, ...] = (), **more: bool) -> Connection:
    """A CRM that can do `can`, or all that it is used for."""
    return Connection(
        cast(Crm, SimpleNamespace(name=name, can=frozenset(can or used_for))), frozenset(used_for), **more
    )


LOCAL, SHOP = (
    connection("local", "customer", "notes", "tag"),
    connection("shop", "orders", "tag", "points", can=("tag", "orders")),
)
BOTH = Connections([LOCAL, SHOP])


def test_the_first_that_does_it_is_asked() -> None:
    assert BOTH.first("tag") is LOCAL
    assert BOTH.first("orders") is SHOP
    assert BOTH.first("add_task", "orders") is SHOP
    assert BOTH.first("points") is None, "what it is used for and can't do is done by nobody"
    assert BOTH.can == ("customer", "notes", "orders", "tag")
    assert (BOTH.get("shop"), BOTH.get("gone")) == (SHOP, None)


def test_only_addresses_that_somebody_vouches_for_are_looked_up() -> None:
    phone = Identity(kind=IdentityKind.PHONE, value="+8613800001234", proof=Proof.AGENT_WORD)
    claims = (email("evil@x.cn"), account("evil", Proof.CLAIM), device("d"))
    assert keys_of(claims, LOCAL).empty
    held = keys_of((*claims, account("wang"), email("w@x.cn", Proof.ONE_TIME_CODE), phone), LOCAL)
    assert held == CustomerKeys(external_id="wang", emails=("w@x.cn",), phones=("+8613800001234",))


def test_the_crms_own_id_goes_before_the_sites() -> None:
    assert keys_of((account("wang"), chosen("local", "cust_wang")), LOCAL).external_id == "cust_wang"


@pytest.mark.parametrize("external_id", ["17", "a/b", "local/17"])
def test_the_id_of_one_crm_says_nothing_to_another(external_id: str) -> None:
    """Both count their customers: number 17 here is somebody else there."""
    word = chosen("shop", external_id)
    assert keys_of((word,), SHOP).external_id == external_id
    assert keys_of((word,), LOCAL).empty


def test_an_id_of_before_there_were_several_is_the_embedded_crms() -> None:
    word = Identity(kind=IdentityKind.CRM, value="cust_wang", proof=Proof.AGENT_WORD)
    assert keys_of((word,), LOCAL).external_id == "cust_wang"
    assert keys_of((word,), SHOP).empty


def test_a_crm_that_has_not_the_sites_ids_is_not_asked_by_them() -> None:
    apart = connection("erp", "orders", account_ids=False)
    assert keys_of((account("17"), email("w@x.cn", Proof.SIGNED)), apart) == CustomerKeys(emails=("w@x.cn",))


def test_what_one_crm_knows_of_its_customer_finds_them_in_another() -> None:
    known = CrmCustomer(
        source="local",
        source_id="1",
        external_id="17",
        name="王芳",
        emails=("w@x.cn", "w2@x.cn"),
        phones=(Phone(raw="1"), Phone(raw="138", e164="+86138")),
    )
    keys = wider(CustomerKeys(external_id="a", emails=("w@x.cn",)), known)
    assert keys == CustomerKeys(external_id="a", emails=("w@x.cn", "w2@x.cn"), phones=("+86138",))
