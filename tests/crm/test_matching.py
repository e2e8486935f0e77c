"""Covers hub/crm/matching.py: whose record it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.crm.matching import belongs, normalised
from hub.model.crm import CrmCustomer, CustomerKeys, Phone

WANG = CrmCustomer(
    source="test",
    source_id="7",
    external_id="cust_wang",
    name="王丽",
    emails=("Wang.Li@example.com",),
    phones=(Phone(raw="138 0000 1234"), Phone(raw="x", e164="+862168881234")),
    wechat_id="wangli_0815",
)


@pytest.mark.parametrize(
    "keys",
    [
        CustomerKeys(external_id="cust_wang"),
        CustomerKeys(external_id="another", emails=("other@example.com", "WANG.LI@example.com ")),
        CustomerKeys(phones=("+86 138 0000 1234",)),
        CustomerKeys(phones=("021-68881234",)),
        CustomerKeys(wechat_id="wangli_0815"),
    ],
)
def test_an_own_address_belongs(keys: CustomerKeys) -> None:
    assert belongs(WANG, normalised(keys))


@pytest.mark.parametrize(
    "keys",
    [
        CustomerKeys(),
        CustomerKeys(external_id="7"),
        CustomerKeys(external_id="cust_wang2", emails=("li@example.com",), phones=("13800001235",), wechat_id="wangli"),
    ],
)
def test_another_address_does_not(keys: CustomerKeys) -> None:
    assert not belongs(WANG, normalised(keys))


def test_blanks_on_both_sides_are_no_match() -> None:
    nobody = CrmCustomer(source="test", source_id="", external_id="", name="", emails=("",), phones=(Phone(raw=""),))
    blank = CustomerKeys(external_id=" ", emails=("", " "), phones=("", "none"), wechat_id=" ")
    assert normalised(blank).empty
    assert not belongs(nobody, normalised(blank))


@given(st.text(max_size=20), st.lists(st.text(max_size=20)), st.lists(st.text(max_size=20)))
def test_normalising_again_changes_nothing(own: str, emails: list[str], phones: list[str]) -> None:
    once = normalised(CustomerKeys(external_id=own, emails=tuple(emails), phones=tuple(phones)))
    assert normalised(once) == once
