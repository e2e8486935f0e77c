"""Who is asked next: fair to those who wait, within what agents can carry, the same answer for every worker."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hub.model import commands as c
from hub.model.conversation import ASK_AGAIN_MS, not_to_ask
from hub.model.events import ReservationMade
from hub.model.owner import OwnerKind
from hub.model.party import SYSTEM, Party, PartyKind
from hub.model.routing import TIER_HEAD_START_MS, Candidate, Waiting, fits, in_order, reserve_next
from hub.services.router import waiting_of
from tests.model.story import MINUTE, SECOND, T0, Story, queue

TEAMS = ("returns", "repairs")
names = st.sampled_from("abcdef")
some_teams = st.frozensets(st.sampled_from(TEAMS))
waitings = st.builds(
    Waiting,
    conversation=st.uuids().map(str),
    since=st.integers(0, 40).map(lambda minutes: minutes * MINUTE),
    tenure=st.just(2),
    tier=st.sampled_from(("", "standard", *TIER_HEAD_START_MS)),
    team=st.sampled_from(("", "", *TEAMS)),
    skills=st.frozensets(st.sampled_from(("en", "zh")), max_size=1),
    declined=st.frozensets(names, max_size=2),
    calls=st.booleans(),
)
candidates = st.builds(
    Candidate,
    agent=names,
    name=names,
    capacity=st.integers(0, 4),
    load=st.integers(0, 4),
    asked_at=st.integers(0, 3),
    teams=some_teams,
    skills=st.frozensets(st.sampled_from(("en", "zh"))),
    in_call=st.booleans(),
)
queues = st.lists(waitings, max_size=8, unique_by=lambda w: w.conversation)
some = settings(max_examples=50)
desks = st.lists(candidates, max_size=5, unique_by=lambda a: a.agent)


# --- any queue, any desk ----------------------------------------------------------------------------------


@some
@given(queues, desks)
def test_each_conversation_once_no_agent_beyond_capacity_only_who_fits(
    queue: list[Waiting], agents: list[Candidate]
) -> None:
    pairs = reserve_next(queue, agents)
    assert len({w.conversation for w, _ in pairs}) == len(pairs)
    for agent in agents:
        assert agent.load + sum(a.agent == agent.agent for _, a in pairs) <= max(agent.capacity, agent.load)
    for waiting, agent in pairs:
        assert fits(waiting, agent)
        assert agent.agent not in waiting.declined
        assert waiting.skills <= agent.skills
        assert not waiting.team or waiting.team in agent.teams


@some
@given(queues, desks)
def test_nobody_is_left_waiting_for_whom_somebody_is_free(queue: list[Waiting], agents: list[Candidate]) -> None:
    pairs = reserve_next(queue, agents)
    paired = {w.conversation for w, _ in pairs}
    for agent in agents:
        given = [w for w, a in pairs if a.agent == agent.agent]
        rings = agent.in_call or any(w.calls for w in given)
        after = Candidate(agent.agent, "", agent.capacity, agent.load + len(given), 0, agent.teams, agent.skills, rings)
        assert not [w for w in queue if w.conversation not in paired and fits(w, after)]


@some
@given(queues, desks, st.randoms(use_true_random=False))
def test_every_worker_finds_the_same_whatever_order_the_store_answers_in(
    queue: list[Waiting], agents: list[Candidate], chance: Any
) -> None:
    expected = reserve_next(queue, agents)
    chance.shuffle(queue)
    chance.shuffle(agents)
    assert reserve_next(queue, agents) == expected


@some
@given(queues, desks)
def test_who_stands_first_and_has_a_fitting_agent_is_served(queue: list[Waiting], agents: list[Candidate]) -> None:
    served = [w for w in in_order(queue) if any(fits(w, a) for a in agents)]
    pairs = reserve_next(queue, agents)
    assert pairs[:1] == [pair for pair in pairs if pair[0] == served[0]] if served else pairs == []


@some
@given(queues, waitings)
def test_after_the_longest_head_start_nobody_who_comes_overtakes(queue: list[Waiting], standard: Waiting) -> None:
    """Nobody starves: only those who came within ten minutes after you can ever be put before you."""
    ordered = in_order([*queue, standard])
    before = ordered[: ordered.index(standard)]
    assert all(w.since <= standard.since + max(TIER_HEAD_START_MS.values()) for w in before)


# --- by example -------------------------------------------------------------------------------------------


def waiting(name: str, since: int = 0, **more: Any) -> Waiting:
    return Waiting(name, since, 2, **more)


def test_longest_waiting_first() -> None:
    assert [w.conversation for w in in_order([waiting("b", 2), waiting("a", 3), waiting("c", 1)])] == ["c", "b", "a"]


def test_a_tier_is_a_head_start_and_no_right_of_way() -> None:
    gold = waiting("gold", 10 * MINUTE, tier="gold")
    assert in_order([waiting("early", 4 * MINUTE), gold])[0].conversation == "early"
    assert in_order([waiting("late", 6 * MINUTE), gold])[0] is gold


def test_who_had_it_before_is_asked_first_if_it_fits_them() -> None:
    busy = Candidate("b", "b", capacity=4, load=3)
    idle = Candidate("i", "i", capacity=4, load=0)
    again = Waiting("wang", since=0, tenure=2, served_by="b")
    assert reserve_next([again], [idle, busy]) == [(again, busy)]
    full = replace(busy, load=4)
    assert reserve_next([again], [idle, full]) == [(again, idle)]
    asked = replace(again, declined=frozenset({"b"}))
    assert reserve_next([asked], [idle, busy]) == [(asked, idle)]


def test_who_gave_it_away_is_not_who_had_it() -> None:
    story = Story().served()
    agent = story.it.desk.served_by
    assert agent == story.it.desk.owner.id
    story.resolved()
    story.writes("one more thing")
    assert waiting_of(story.it, story.now).served_by == agent
    story.served()
    story.ask(Party(kind=PartyKind.AGENT, id=agent), c.Assign(queue("repairs")))
    assert waiting_of(story.it, story.now).served_by == ""


def test_the_agent_with_the_lowest_share_in_use_then_the_longest_unasked() -> None:
    busy, half = Candidate("busy", "", 2, 1, 0), Candidate("half", "", 6, 2, 9)
    assert reserve_next([waiting("w")], [busy, half])[0][1] is half
    asked, rested = Candidate("a", "", 2, 1, 5), Candidate("b", "", 4, 2, 4)
    assert reserve_next([waiting("w")], [asked, rested])[0][1] is rested


def test_two_who_wait_go_to_two_agents_before_one_gets_both() -> None:
    agents = [Candidate("a", "", 3, 0), Candidate("b", "", 3, 0)]
    assert {a.agent for _, a in reserve_next([waiting("1"), waiting("2")], agents)} == {"a", "b"}


def test_who_is_in_a_call_is_asked_for_no_other_and_nobody_for_two_at_once() -> None:
    talking, free = Candidate("a", "", 4, 0, in_call=True), Candidate("b", "", 4, 3)
    assert reserve_next([waiting("w", calls=True)], [talking, free])[0][1] is free
    assert reserve_next([waiting("w")], [talking, free])[0][1] is talking, "she can still write"
    pairs = reserve_next([waiting("1", calls=True), waiting("2", calls=True)], [Candidate("b", "", 4, 0)])
    assert [w.conversation for w, _ in pairs] == ["1"]


def test_somebody_who_nobody_fits_holds_up_nobody_else() -> None:
    agents = [Candidate("a", "", 1, 0)]
    pairs = reserve_next([waiting("first", 0, team="returns"), waiting("second", 1)], agents)
    assert [w.conversation for w, _ in pairs] == ["second"]


@pytest.mark.parametrize(
    ("queue", "agents"), [([], []), ([waiting("w")], []), ([], [Candidate("a", "", 1, 0)])], ids=str
)
def test_without_customers_or_agents_there_is_nothing_to_do(queue: list[Waiting], agents: list[Candidate]) -> None:
    assert reserve_next(queue, agents) == []


def test_who_declined_is_not_asked_again_for_a_minute_but_then_is() -> None:
    """The only agent on duty missed two offers, and the customer was never offered to anybody again."""
    story = Story().queued()
    only = Candidate("li", "Li Ming", 3, 0)
    for _ in range(3):
        assert len(reserve_next([waiting_of(story.it, story.now)], [only])) == 1
        story.offered()
        story.later(20 * SECOND).ticks("reservation")
        assert reserve_next([waiting_of(story.it, story.now)], [only]) == []
        story.later(ASK_AGAIN_MS - 1)
        story.ticks("queue")
        story.later(1)


# --- a day at the desk: the rules of routing and of the conversation together -----------------------------

Draw = Callable[[st.SearchStrategy[Any]], Any]
HAPPENS = ("somebody_comes", "route", "route", "an_agent_answers", "an_agent_answers", "one_ends", "time_passes")
AGENTS = {
    "li": Candidate("li", "Li", 2, 0, 0, frozenset({"returns"})),
    "ana": Candidate("ana", "Ana", 3, 0, 0, frozenset({"repairs"})),
    "zoe": Candidate("zoe", "Zoe", 1, 0, 0, frozenset(TEAMS)),
}


class DeskMachine(RuleBasedStateMachine):
    """Customers come, agents accept, decline or let pass; routing looks as the router does."""

    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.stories: list[Story] = []
        self.tiers: dict[str, str] = {}
        self.asked_at: dict[str, int] = {}

    @rule(draw=st.data())
    def something_happens(self, draw: st.DataObject) -> None:
        getattr(self, draw.draw(st.sampled_from(HAPPENS)))(draw.draw)

    # --- what happens -----------------------------------------------------------------------------------------

    def somebody_comes(self, draw: Draw) -> None:
        if len(self.stories) < 12:
            story = Story(f"customer-{len(self.stories)}")
            story.now = self.now
            self.stories.append(story.queued(draw(st.sampled_from(("", "", *TEAMS)))))
            self.tiers[story.it.id] = draw(st.sampled_from(("", "gold", "platinum")))

    def route(self, draw: Draw) -> None:
        queue = [self.waiting(s) for s in self.queued() if s.it.desk.reservation is None]
        for entry, agent in reserve_next(draw(st.permutations(queue)), self.candidates()):
            story = next(s for s in self.stories if s.it.id == entry.conversation)
            assert agent.agent not in not_to_ask(story.it.desk, self.now), "asked again at once"
            made = story.ask(SYSTEM, c.Reserve(agent.agent, agent.name, self.now + 20 * SECOND, entry.tenure))
            assert isinstance(made[0], ReservationMade)
            self.asked_at[agent.agent] = self.now

    def an_agent_answers(self, draw: Draw) -> None:
        asked = [s for s in self.queued() if s.it.desk.reservation]
        if asked:
            story = draw(st.sampled_from(asked))
            command = draw(st.sampled_from((c.AcceptReservation(), c.AcceptReservation(), c.DeclineReservation())))
            story.ask(self.party(story.it.desk.reservation.agent), command)

    def one_ends(self, draw: Draw) -> None:
        served = [s for s in self.stories if s.it.desk.owner.kind is OwnerKind.AGENT]
        if served:
            story = draw(st.sampled_from(served))
            story.resolved(self.party(story.it.desk.owner.id))

    def time_passes(self, draw: Draw) -> None:
        self.pass_time(draw(st.sampled_from((1, 5 * SECOND, 20 * SECOND, MINUTE))))

    def pass_time(self, ms: int) -> None:
        self.now += ms
        for story in self.stories:
            story.now = self.now
            story.ticks("reservation")
            story.ticks("queue")

    # --- as the router sees it --------------------------------------------------------------------------------

    def queued(self) -> list[Story]:
        return [s for s in self.stories if s.it.desk.owner.kind is OwnerKind.QUEUE]

    def waiting(self, story: Story) -> Waiting:
        seen = waiting_of(story.it, self.now)
        return Waiting(
            seen.conversation,
            seen.since,
            seen.tenure,
            self.tiers[seen.conversation],
            seen.team,
            seen.skills,
            seen.declined,
        )

    def load(self, agent: str) -> int:
        reserved = sum(bool(s.it.desk.reservation) and s.it.desk.reservation.agent == agent for s in self.stories)
        return reserved + sum(
            s.it.desk.owner.kind is OwnerKind.AGENT and s.it.desk.owner.id == agent for s in self.stories
        )

    def candidates(self) -> list[Candidate]:
        return [
            Candidate(a.agent, a.name, a.capacity, self.load(a.agent), self.asked_at.get(a.agent, 0), a.teams)
            for a in AGENTS.values()
        ]

    def party(self, agent: str) -> Party:
        return Party(kind=PartyKind.AGENT, id=agent, name=AGENTS[agent].name)

    # --- what must hold ---------------------------------------------------------------------------------------

    @invariant()
    def nobody_has_more_than_they_can_carry(self) -> None:
        assert all(self.load(name) <= agent.capacity for name, agent in AGENTS.items())

    def teardown(self) -> None:
        """From any state: with agents who accept and finish, everybody is served, the first in order first."""
        for _ in range(100):
            if not self.queued():
                return
            for story in self.stories:
                if story.it.desk.owner.kind is OwnerKind.AGENT:
                    story.resolved(self.party(story.it.desk.owner.id))
            self.pass_time(20 * SECOND)
            self.route(lambda strategy: [self.waiting(s) for s in self.queued() if not s.it.desk.reservation])
            for story in self.queued():
                if held := story.it.desk.reservation:
                    story.accepts(self.party(held.agent))
        raise AssertionError("somebody waits for ever")


TestDesk = DeskMachine.TestCase
TestDesk.settings = settings(max_examples=30, stateful_step_count=40)
