"""Covers hub/crm/rest/references.py: what several processes must agree on."""

import asyncio
from pathlib import Path

import pytest

from hub.crm.rest.marks import mark
from hub.crm.rest.references import LEASE_MS, Key, Known, References
from hub.model.errors import BadRequest, CrmUnavailable
from tests.crm.rest.acts import NOW

KEY = Key("crm", "create_ticket", "m1")


async def test_a_write_goes_from_new_to_sent_and_stays_there(references: References) -> None:
    assert (await references.begin(KEY, "c1", "me", NOW)).state == "new"
    await references.made(KEY, "me", "77")
    await references.sent(KEY, "me", "77", "result")
    begun = await references.begin(KEY, "c1", "you", NOW + 1)
    assert (begun.state, begun.remote_id, begun.result) == ("sent", "77", "result")


async def test_nobody_else_may_while_its_owner_is_at_it(references: References) -> None:
    await references.begin(KEY, "c1", "me", NOW)
    with pytest.raises(CrmUnavailable) as busy:
        await references.begin(KEY, "c1", "you", NOW + 1_000)
    assert busy.value.retry_after == (LEASE_MS - 1_000) / 1_000


async def test_who_died_leaves_a_write_of_which_nobody_knows(references: References) -> None:
    await references.begin(KEY, "c1", "me", NOW)
    begun = await references.begin(KEY, "c1", "you", NOW + LEASE_MS)
    assert (begun.state, begun.at) == ("unknown", NOW)
    with pytest.raises(CrmUnavailable):  # and when the first one was only slow, it learns that it has lost it
        await references.sent(KEY, "me", "77", "late")


async def test_a_write_that_was_made_stays_made(references: References) -> None:
    await references.begin(KEY, "c1", "me", NOW)
    await references.made(KEY, "me", "77")
    await references.let_go(KEY, "me", written=False)
    begun = await references.begin(KEY, "c1", "you", NOW + 1)
    assert (begun.state, begun.remote_id) == ("made", "77")


async def test_one_that_was_not_written_is_as_if_never_tried(references: References) -> None:
    await references.begin(KEY, "c1", "me", NOW)
    await references.let_go(KEY, "me", written=False)
    assert (await references.begin(KEY, "c1", "you", NOW + 1)).state == "new"


async def test_a_marker_is_about_one_thing(references: References) -> None:
    await references.begin(KEY, "c1", "me", NOW)
    with pytest.raises(BadRequest):
        await references.begin(KEY, "c2", "me", NOW)


async def test_connections_do_not_meet(references: References) -> None:
    await references.begin(KEY, "c1", "me", NOW)
    assert (await references.begin(Key("other", "create_ticket", "m1"), "c2", "me", NOW)).state == "new"


async def test_several_that_open_a_new_database_at_once_all_find_its_tables(address: str) -> None:
    opened = await asyncio.gather(*(References.open(address) for _ in range(4)))
    first = [await it.begin(Key("crm", "add_note", f"m{n}"), "c1", "me", NOW) for n, it in enumerate(opened)]
    assert [begun.state for begun in first] == ["new"] * 4
    await asyncio.gather(*(it.close() for it in opened))


async def test_of_two_processes_one_begins(references: References, address: str) -> None:
    other = await References.open(address)
    keys = [Key("crm", "add_note", f"m{n}") for n in range(20)]
    both = [it.begin(key, "c1", owner, NOW) for key in keys for it, owner in ((references, "a"), (other, "b"))]
    results = await asyncio.gather(*both, return_exceptions=True)
    await other.close()
    for one, two in zip(results[::2], results[1::2], strict=True):
        assert sorted(isinstance(it, CrmUnavailable) for it in (one, two)) == [False, True]


async def test_a_mark_leads_back_to_its_marker(references: References) -> None:
    await references.begin(KEY, "c1", "me", NOW)
    assert await references.marker_of("crm", mark("m1")) == "m1"
    assert await references.marker_of("crm", mark("m2")) == ""


async def test_a_customer_is_remembered_and_forgotten(references: References) -> None:
    await references.remember("crm", "c1", Known("77", '{"emails": ["a@b.cn"]}'), NOW)
    await references.remember("crm", "c1", Known("78", "{}"), NOW)
    assert await references.known("crm", "c1") == Known("78", "{}")
    assert await references.owner_of("crm", "78") == "c1"
    await references.begin(KEY, "c1", "me", NOW)
    await references.sent(KEY, "me", "9", "words of theirs")
    await references.forget("crm", "c1")
    assert await references.known("crm", "c1") is None
    begun = await references.begin(KEY, "c1", "you", NOW)
    assert (begun.state, begun.result) == ("sent", "")  # that it was written stays known


async def test_the_file_is_ours_alone(references: References, tmp_path: Path) -> None:
    assert (tmp_path / "references.sqlite3").stat().st_mode & 0o077 == 0


async def test_one_signs_in_at_a_time(references: References) -> None:
    assert await references.lease_session("crm", "a", NOW, 1_000)
    assert not await references.lease_session("crm", "b", NOW + 999, 1_000)
    assert await references.lease_session("crm", "b", NOW + 1_000, 1_000)
    assert await references.keep_session("crm", "b", "sealed", NOW + 9_000) == 1
    assert await references.lease_session("crm", "c", NOW + 1_001, 1_000)
    kept = await references.session("crm")
    assert kept is not None
    assert (kept.sealed, kept.version, kept.until) == ("sealed", 1, NOW + 9_000)
