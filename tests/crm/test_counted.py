"""Covers hub/crm/counted.py (the port's contract is in tests/contracts): which calls there were, and how they ended."""

import asyncio

import pytest

from hub.crm.counted import CountedCrm
from hub.crm.local import LocalCrm
from hub.crm.vitals import Vitals
from hub.model.crm import CustomerKeys
from hub.model.errors import CrmUnavailable, NotFound


class Slow(LocalCrm):
    async def orders(self, external_id: str) -> list[object]:  # type: ignore[override]
        await asyncio.Event().wait()
        raise AssertionError

    async def tickets(self, external_id: str) -> list[object]:  # type: ignore[override]
        raise CrmUnavailable

    async def notes(self, external_id: str) -> list[object]:  # type: ignore[override]
        raise ZeroDivisionError


async def test_each_end_is_counted(crm: LocalCrm) -> None:
    vitals = Vitals("local", lambda: 1)
    counted = CountedCrm(crm, vitals)
    await counted.find_customer(CustomerKeys(external_id="nobody"))
    with pytest.raises(NotFound):
        await counted.add_note("nobody", "words", "note", "m1")
    assert vitals.calls == {("find_customer", "ok"): 1, ("add_note", "not_found"): 1}


async def test_so_is_one_that_was_given_up_or_broke(crm: LocalCrm) -> None:
    crm.__class__ = Slow
    vitals = Vitals("local", lambda: 1)
    counted = CountedCrm(crm, vitals)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await counted.orders("nobody")
    with pytest.raises(CrmUnavailable):
        await counted.tickets("nobody")
    with pytest.raises(ZeroDivisionError):
        await counted.notes("nobody")
    assert vitals.calls == {("orders", "failed"): 1, ("tickets", "crm_unavailable"): 1, ("notes", "failed"): 1}
