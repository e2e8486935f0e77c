"""Covers hub/crm/changes.py: what may be written over what."""

import pytest

from hub.crm.changes import is_among, tidied, to_write
from hub.model.crm import CrmCustomer, FieldChange, Phone
from hub.model.errors import BadRequest, CrmConflict

EDITABLE = ("name", "emails", "phones", "company", "custom.vip")
WANG = CrmCustomer(
    source="t",
    source_id="1",
    external_id="wang",
    name="王丽",
    emails=("Wang@Example.com",),
    phones=(Phone(raw="138 0000 1234", e164="+8613800001234"),),
    custom={"vip": True},
)


def change(field: str, now: str, was: str = "") -> FieldChange:
    return FieldChange(field=field, was=was, now=now)


@pytest.mark.parametrize(
    "wrong",
    [change("tier", "gold"), change("name", "  "), change("emails", "no address"), change("phones", "12")],
    ids=lambda it: it.field,
)
def test_what_can_not_be_is_refused_by_name(wrong: FieldChange) -> None:
    with pytest.raises(BadRequest, match=r"^bad_request|field|now|tier") as refused:
        tidied([wrong], EDITABLE, "CN")
    assert refused.value.detail.startswith(("field: tier", f"now: {wrong.field}", "now: no "))


def test_what_is_written_is_trimmed_and_a_phone_number_is_e164() -> None:
    [name, phone] = tidied([change("name", " O'Neil "), change("phones", "(021) 6888 1234")], EDITABLE, "CN")
    assert (name.now, phone.now) == ("O'Neil", "+862168881234")


@pytest.mark.parametrize(
    "there",
    [
        change("name", "王丽"),
        change("emails", "wang@example.com"),
        change("phones", "13800001234"),
        change("custom.vip", "true"),
    ],
    ids=lambda it: it.field,
)
def test_what_is_there_already_needs_no_write_and_is_no_conflict(there: FieldChange) -> None:
    assert to_write(WANG, [there.model_copy(update={"was": "something else"})], "CN") == []


def test_what_moved_on_is_a_conflict_that_names_every_field_and_no_value() -> None:
    moved = [
        change("name", "王莉", was="王力"),
        change("company", "晨光", was="海尔"),
        change("emails", "b@x.cn", was="c@x.cn"),
    ]
    with pytest.raises(CrmConflict) as conflict:
        to_write(WANG, moved, "CN")
    assert conflict.value.detail == "name company emails"


def test_an_empty_field_is_filled_and_one_more_address_is_added() -> None:
    wanted = [change("company", "晨光"), change("emails", "second@x.cn"), change("phones", "+8613900000000")]
    assert to_write(WANG, wanted, "CN") == wanted


def test_a_filled_field_is_not_taken_for_an_empty_one() -> None:
    with pytest.raises(CrmConflict):
        to_write(WANG, [change("name", "王莉")], "CN")


def test_an_address_is_the_same_however_it_is_spelled() -> None:
    assert is_among(change("phones", "x", was="138-0000-1234"), ["+8613800001234"], "CN")
    assert is_among(change("emails", "x", was="WANG@example.com"), ["wang@Example.com"], "CN")
    assert not is_among(change("name", "x", was="wang"), ["Wang"], "CN")
