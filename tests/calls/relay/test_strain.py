"""Covers hub/calls/relay/strain.py."""

from hub.calls.relay.strain import LATE_S, LOOKS, Strain


def looked(late_s: float, busy: float, times: int, strain: Strain, start: int = 0, behind: float = 0.0) -> Strain:
    for n in range(start, start + times):
        strain.note(late_s, busy * n / 4, behind, n / 4)
    return strain


def test_an_idle_process_and_one_stall_are_no_strain() -> None:
    strain = looked(0.001, 0.3, LOOKS, Strain())
    strain.note(1.0, 0.3 * LOOKS / 4, 1.0, LOOKS / 4)
    assert not strain.too_much


def test_a_loop_that_is_late_again_and_again_is() -> None:
    assert looked(LATE_S * 2, 0.1, 3, Strain()).too_much


def test_so_is_a_busy_process_whose_timers_are_in_time() -> None:
    strain = looked(0.0, 0.95, LOOKS, Strain())
    assert strain.too_much
    assert strain.busy > 0.9


def test_so_is_one_that_finds_packets_waiting_whenever_it_looks() -> None:
    """A core that others use, too: it can't get busier, and does not keep up."""
    assert looked(0.001, 0.2, 3, Strain(), behind=1.0).too_much
    assert not looked(0.001, 0.2, LOOKS, Strain(), behind=0.5).too_much, "many packets in one go are no sign"


def test_it_is_over_when_it_is_over() -> None:
    strain = looked(1.0, 0.1, LOOKS, Strain())
    assert not looked(0.0, 0.1, LOOKS, strain, start=LOOKS).too_much
