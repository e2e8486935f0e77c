"""Who is asked next. Pure: the queue and the agents are arguments, the answer is a list of pairs."""

from dataclasses import field, replace

from hub.model.frozen import frozen

# A platinum customer who came now stands where a standard one stands after ten minutes: tiers help, nobody starves.
TIER_HEAD_START_MS = {"platinum": 600_000, "gold": 300_000, "silver": 120_000}


@frozen
class Waiting:
    """A conversation in the queue. `since` is epoch ms; `declined` are agents not to ask again for now; `calls`:
    it rings for whoever gets it; `served_by` had it last, and knows what it is about."""

    conversation: str
    since: int
    tenure: int
    tier: str = ""
    team: str = ""
    skills: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()
    calls: bool = False
    served_by: str = ""


@frozen
class Candidate:
    """An available agent. `load` counts conversations owned and reserved; `asked_at` is epoch ms of the last offer."""

    agent: str
    name: str
    capacity: int
    load: int
    asked_at: int = 0
    teams: frozenset[str] = field(default_factory=frozenset)
    skills: frozenset[str] = field(default_factory=frozenset)
    in_call: bool = False


def in_order(queue: list[Waiting]) -> list[Waiting]:
    """By waiting time with the tier's head start; ties by conversation id, so that every worker agrees."""
    return sorted(queue, key=lambda w: (w.since - TIER_HEAD_START_MS.get(w.tier, 0), w.conversation))


def fits(waiting: Waiting, candidate: Candidate) -> bool:
    return (
        candidate.load < candidate.capacity
        and candidate.agent not in waiting.declined
        and (not waiting.team or waiting.team in candidate.teams)
        and waiting.skills <= candidate.skills
        and not (waiting.calls and candidate.in_call)
    )


def reserve_next(queue: list[Waiting], agents: list[Candidate]) -> list[tuple[Waiting, Candidate]]:
    """Pairs to reserve now, each conversation once, no agent beyond capacity.

    Of the agents that fit, who had the conversation before is asked: nothing has to be said again. Then the one with
    the lowest share of its capacity in use, then the longest unasked.
    """
    free = {a.agent: a for a in agents}
    pairs: list[tuple[Waiting, Candidate]] = []
    for waiting in in_order(queue):
        fitting = [a for a in free.values() if fits(waiting, a)]
        if not fitting:
            continue
        best = min(fitting, key=lambda a: (a.agent != waiting.served_by, a.load / a.capacity, a.asked_at, a.agent))
        pairs.append((waiting, best))
        # Who is asked for a call is asked for no other.
        free[best.agent] = replace(best, load=best.load + 1, in_call=best.in_call or waiting.calls)
    return pairs
