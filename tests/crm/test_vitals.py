"""Covers hub/crm/vitals.py: what is told of a connection, and that nothing of it is lost on the way to the store."""

from hub.crm.vitals import CHARS, KEPT, Vitals


def test_what_is_new_is_taken_once() -> None:
    vitals = Vitals("shop", lambda: 7)
    assert vitals.take().empty
    vitals.ended("orders", "ok", healthy=True)
    vitals.ended("orders", "not_found", healthy=True)
    vitals.ended("notes", "crm_unavailable", healthy=False)
    vitals.drift("orders", "$.total", "missing")
    vitals.unmapped("orders", "status", "潜在")
    vitals.unmapped("orders", "status", "潜在")
    taken = vitals.take()
    assert (taken.ok, taken.failed, taken.last_ok, taken.last_error) == (2, 1, 7, (7, "crm_unavailable", "notes"))
    assert taken.drift == {("orders", "$.total", "missing"): 1}
    assert taken.unmapped == {("orders", "status", "潜在"): 2}
    assert vitals.take().empty
    assert vitals.calls == {("orders", "ok"): 1, ("orders", "not_found"): 1, ("notes", "crm_unavailable"): 1}
    assert vitals.findings == {"drift": 1, "unmapped": 2}


def test_what_could_not_be_stored_is_new_still() -> None:
    vitals = Vitals("shop", lambda: 7)
    vitals.ended("orders", "ok", healthy=True)
    vitals.unmapped("orders", "status", "x")
    taken = vitals.take()
    vitals.unmapped("orders", "status", "x")
    vitals.give_back(taken)
    again = vitals.take()
    assert (again.ok, again.last_ok, again.unmapped) == (1, 7, {("orders", "status", "x"): 2})


def test_a_crm_with_any_number_of_values_fills_no_memory() -> None:
    vitals = Vitals("shop", lambda: 7)
    for n in range(KEPT + 50):
        vitals.unmapped("orders", "status", f"{n} " + "x" * 1_000)
    taken = vitals.take()
    assert len(taken.unmapped) == KEPT
    assert all(len(value) <= CHARS for _, _, value in taken.unmapped)
    assert vitals.findings["unmapped"] == KEPT + 50
