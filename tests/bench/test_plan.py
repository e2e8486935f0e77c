"""Options, the plan they make, and the order in which it is carried out."""

import datetime

import pytest

from bench.__main__ import make_plan, read_options, result_path
from bench.plan import Plan
from bench.rounds import schedule
from bench.servers import DEFAULT, HUB, PEER, SERVERS

DAY = datetime.date(2026, 11, 23)


def plan(*words: str) -> Plan:
    return make_plan(read_options(list(words)))


def seconds(it: Plan) -> float:
    """What the measured runs take, with the generator's own pauses and a generous start."""
    runs = list(schedule(it))
    idle = sum(mode == "idle" for _, _, mode in runs)
    start, pauses, connecting_idle = 4.0, 0.7, 2 * it.idle_conversations / 700
    traffic = (len(runs) - idle) * (it.warmup_s + it.seconds + pauses + start)
    return traffic + idle * (it.idle_s + 3 + connecting_idle + start)


def test_the_default_measures_the_hub_and_its_peers() -> None:
    assert plan().servers == DEFAULT
    assert {HUB, PEER} <= set(DEFAULT) <= set(SERVERS)


def test_quick_ends_within_four_minutes_and_the_default_within_fifteen() -> None:
    assert seconds(plan("--quick")) < 4 * 60
    assert seconds(plan()) < 15 * 60


def test_what_is_said_wins_over_quick() -> None:
    assert plan("--quick", "--rounds", "5", "--seconds", "2").rounds == 5
    assert plan("--quick", "--seconds", "2").seconds == 2


def test_every_server_runs_once_a_round_in_every_mode() -> None:
    runs = list(schedule(plan("--rounds", "3", "--modes", "closed", "open")))
    assert len(runs) == len(set(runs)) == 3 * len(DEFAULT) * 2


def test_idle_memory_is_read_once() -> None:
    assert [number for number, _, mode in schedule(plan("--rounds", "3")) if mode == "idle"] == [0] * len(DEFAULT)


def test_rounds_have_orders_of_their_own_but_the_same_every_time() -> None:
    def orders() -> list[tuple[str, ...]]:
        runs = list(schedule(plan("--rounds", "4", "--modes", "closed")))
        return [tuple(name for at, name, _ in runs if at == number) for number in range(4)]

    assert len(set(orders())) > 1
    assert orders() == orders()


def test_each_mode_tells_the_generator_one_loop() -> None:
    it = plan("--in-flight", "32", "--rate", "500", "--idle-conversations", "300")
    loops = {mode: [w for w in it.arguments(mode) if w in ("-w", "-r", "-i")] for mode in it.modes}
    assert loops == {"closed": ["-w"], "open": ["-r"], "idle": ["-i"]}
    assert it.arguments("idle")[:2] == ["-n", "300"]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], "2026-11-23.json"),
        (["--quick"], "2026-11-23-quick.json"),
        (["--servers", "nats"], "2026-11-23-part.json"),
        (["--modes", "open"], "2026-11-23-part.json"),
        (["--nodes", "2"], "2026-11-23-part.json"),
        (["--out", "/tmp/x.json"], "x.json"),
    ],
)
def test_only_a_whole_run_gets_the_days_name(words: list[str], name: str) -> None:
    assert result_path(read_options(words), DAY).name == name
