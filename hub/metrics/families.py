"""Which metrics there are: one function for each part of a process, given that part."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from prometheus_client.core import InfoMetricFamily, Metric

from hub.metrics.page import Source, counter, counters, gauge, gauges, histogram
from hub.model.errors import CrmUnavailable, NotDurable, OneThreadError, SlowConsumer, StoreUnavailable

if TYPE_CHECKING:  # a media process must not load the bot, the CRM and all else that others measure
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from hub.crm.vitals import Vitals
    from hub.metrics.commits import CommitTally
    from hub.metrics.loop import LoopLag
    from hub.model.crm import Breaker
    from hub.services.bot_turns import BotTurns
    from hub.services.carrier import Carrier
    from hub.services.fanout import Fanout
    from hub.store.census import Census
    from hub.store.clock import StoreClock
    from hub.transport.node import Node

Labelled = dict[tuple[str, ...], int]
# There from the start: what first appears with its first failure has no rate to raise an alarm by.
ENDS: list[tuple[str, ...]] = [
    (code,) for code in ("appended", "lagging", "repeated", StoreUnavailable.code, NotDurable.code)
]
CLOSES: list[tuple[str, ...]] = [("left",), (SlowConsumer.code,)]
CALLS: dict[tuple[str, str], int] = {
    (call, end): 0 for call in ("find_customer", "add_note") for end in ("ok", CrmUnavailable.code)
}


def of_process(version: str, process: str, loop: LoopLag) -> Source:
    def families() -> Iterator[Metric]:
        yield InfoMetricFamily("onethread", "Which hub this is.", value={"version": version, "process": process})
        yield histogram("loop_lag_seconds", "How late the event loop wakes a sleeper.", loop.lag)
        yield gauge("tasks", "Tasks of the event loop that have not ended.", loop.tasks)

    return families


def of_commits(commits: CommitTally) -> Source:
    def families() -> Iterator[Metric]:
        ended: Labelled = dict.fromkeys(ENDS, 0)
        for kind, count in commits.outcomes.items():  # several kinds share a code: Lost is a StoreUnavailable
            ended[_outcome(kind),] = ended.get((_outcome(kind),), 0) + count
        yield counters("commits", "Commits of this process, by how they ended.", ["outcome"], _floats(ended))
        yield histogram("commit_seconds", "From submitting a commit to its durable outcome.", commits.latency)
        yield counter("events", "Log entries that this process appended.", commits.events)
        yield counter("messages", "Messages among them.", commits.messages)

    return families


def _outcome(kind: type) -> str:
    return kind.code if issubclass(kind, OneThreadError) else kind.__name__.lower()


def of_sockets(node: Node, fanout: Fanout, most: int) -> Source:
    def families() -> Iterator[Metric]:
        kinds = {"customer": 0, "agent": 0, "guest": 0, "unwelcomed": 0} | Counter(node.kinds())
        yield gauges("sockets", "Open sockets, by whose they are.", "kind", {k: float(n) for k, n in kinds.items()})
        yield gauge("sockets_max", "The most that this process takes (setting max_sockets).", most)
        closes: Labelled = dict.fromkeys(CLOSES, 0) | {(why,): count for why, count in node.closed.items()}
        yield counters("socket_closes", "Sockets that ended, by the error's code.", ["reason"], _floats(closes))
        yield counter("fanout_entries", "Log entries handed to local followers.", fanout.handed)
        yield gauge("followed_conversations", "Conversations that sockets here follow.", fanout.conversations)
        yield gauge("draining", "1 while this process takes leave.", node.draining)

    return families


def of_bot(turns: BotTurns) -> Source:
    def families() -> Iterator[Metric]:
        values = {"answered": 0, "handed_over": 0, "failed": 0} | turns.turns
        yield counters("bot_turns", "Turns of the bot, by how they ended.", ["outcome"], _by_one(values))

    return families


def of_crm(connections: Sequence[Vitals], breakers: Callable[[], dict[str, Breaker]]) -> Source:
    """`breakers()`: of each connection, as this process has it."""

    def families() -> Iterator[Metric]:
        calls: Labelled = {(v.name, *key): n for v in connections for key, n in (CALLS | v.calls).items()}
        yield counters("crm_calls", "Calls to CRMs, by how they ended.", ["crm", "call", "outcome"], _floats(calls))
        found: Labelled = {(v.name, kind): v.findings[kind] for v in connections for kind in ("drift", "unmapped")}
        about = "Answers of CRMs that are not as their mapping expects, and values that it has no word for."
        yield counters("crm_findings", about, ["crm", "kind"], _floats(found))
        opened = {name: float(state != "closed") for name, state in breakers().items()}
        yield gauges("crm_breaker_open", "1 while a CRM is left alone, because it does not answer.", "crm", opened)

    return families


def of_carrier(carrier: Carrier) -> Source:
    def families() -> Iterator[Metric]:
        values = {"done": 0, "failed": 0, "refused": 0, "put_aside": 0} | carrier.jobs
        yield counters("outbox_attempts", "Attempts at outbox jobs, by how they ended.", ["outcome"], _by_one(values))

    return families


def of_store(census: Census, shards: Callable[[], Iterable[int]], now: Callable[[], int]) -> Source:
    """What the whole hub has in its store, as of the census; of the shards' feeds only `shards()`."""

    def families() -> Iterator[Metric]:
        seen = census.seen
        yield gauge("store_up", "1 when the last census got its answers.", seen is not None)
        if seen is None:
            return
        yield gauge("store_round_trip_seconds", "One small command to the store and back.", seen.round_trip_s)
        yield gauge("queue_conversations", "Conversations that wait for a person.", sum(s.queued for s in seen.shards))
        yield gauge("queue_longest_wait_seconds", "How long the first of them waits.", seen.longest_wait_s(now()))
        yield gauge("bot_conversations", "Conversations that the bot has.", sum(s.with_bot for s in seen.shards))
        yield gauges("agents_present", "Agents with a living socket.", "status", seen.agents)
        yield gauge("workers", "Working processes that are alive.", seen.workers)
        yield gauge("outbox_jobs", "Jobs that wait to leave the hub.", sum(s.jobs for s in seen.shards))
        yield gauge("outbox_oldest_seconds", "Age of the oldest of them.", seen.oldest_job_s(now()))
        yield gauge("outbox_dead", "Jobs that were put aside.", sum(s.dead for s in seen.shards))
        held = list(shards())
        yield gauge("shards_held", "Shards whose reactions run here.", len(held))
        lag = seen.reaction_lag_s(now(), held)
        yield gauge("reaction_lag_seconds", "Age of the oldest entry not yet reacted to, of the shards held.", lag)

    return families


def of_clock(clock: StoreClock) -> Source:
    def families() -> Iterator[Metric]:
        yield gauge("clock_skew_seconds", "How far this machine's clock is ahead of the store's.", clock.skew_s)

    return families


def _floats(values: Mapping[tuple[str, ...], int]) -> dict[tuple[str, ...], float]:
    return {key: float(count) for key, count in values.items()}


def _by_one(values: dict[str, int]) -> dict[tuple[str, ...], float]:
    return {(key,): float(count) for key, count in values.items()}
