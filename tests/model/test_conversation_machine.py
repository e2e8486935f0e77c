"""Anybody asks anything at any time: what must hold of a conversation whatever happens (a Hypothesis state machine)."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.model import commands as c
from hub.model.codec import decode, encode, restore, snapshot
from hub.model.conversation import Conversation, Status, apply, dues, place
from hub.model.crm import Context, CrmCustomer, TicketDraft
from hub.model.decide import Asked, decide
from hub.model.errors import Gone, NotReservedForYou, OneThreadError, StaleTenure
from hub.model.events import (
    NOBODY,
    Event,
    Insight,
    Logged,
    MessageCreated,
    OwnerChanged,
    OwnerKind,
    SessionOpened,
    visible,
)
from hub.model.identity import Proof
from hub.model.ids import derived
from hub.model.party import BOT, SYSTEM, Party, PartyKind
from tests.model.story import ANA, LI, POLICY, T0, THE_BOT, WANG, account, device, email, held_by, queue, text

BOSS = Party(kind=PartyKind.AGENT, id="boss", name="Boss")
SECRET = "for-staff-only"
AFTER_A_MERGE = {"customer.absorbed", "customer.unmerged", "customer.released", "ticket.opened", "crm.written"}

agents = st.sampled_from((LI, ANA, BOSS))
owners = st.sampled_from((THE_BOT, queue(), queue("returns"), *(held_by(a) for a in (LI, ANA, BOSS))))
identities = st.sampled_from(
    (device("d1"), account("wang"), account("chen"), email("w@x.cn"), email("w@x.cn", Proof.SIGNED))
)
others = st.sampled_from(("guest", "account"))
ago = st.sampled_from((0, 0, 0, 1, 2))  # how many tenures behind somebody's screen is


class ConversationMachine(RuleBasedStateMachine):
    """Keeps the log beside the state, and the turns that the bot is still thinking about."""

    def __init__(self) -> None:
        super().__init__()
        self.it = Conversation("wang", epoch="e1")
        self.log: list[Logged] = []
        self.now = T0
        self.asked = 0
        self.thinking: list[tuple[int, int]] = []

    # --- one step -------------------------------------------------------------------------------------------

    def ask(self, by: Party, command: c.Command) -> list[Event] | OneThreadError:
        """Decide twice, fold, and look at each event in the state it happened in."""
        self.asked += 1
        asked = Asked(by, self.now, derived(str(self.asked)), "web", POLICY)
        before = self.it
        answer = attempt(before, command, asked)
        assert same(answer, attempt(before, command, asked)), "the same question, the same answer"
        if isinstance(answer, OneThreadError):
            assert str(answer.detail) == answer.detail
            return answer
        for event in answer:
            self.happens(Logged(self.it.id, self.it.seq + 1, self.now, by, asked.id, asked.channel, event))
        if before.who.merged_into:
            assert {e.type for e in answer} <= AFTER_A_MERGE
        return answer

    def happens(self, entry: Logged) -> None:
        before = self.it
        self.log.append(entry)
        self.it = after = apply(before, entry)
        assert after.seq == before.seq + 1
        match entry.event:
            case OwnerChanged(tenure=tenure, previous=previous, owner=owner):
                assert (tenure, previous) == (before.desk.tenure + 1, before.desk.owner)
                assert (after.desk.tenure, after.desk.owner) == (tenure, owner)
            case SessionOpened(session=session):
                assert session == before.desk.session + 1
                assert not before.desk.session_open
            case MessageCreated() if entry.by.kind is PartyKind.BOT:
                assert before.desk.owner.kind is not OwnerKind.AGENT, "the bot talks over a person"
            case MessageCreated() if entry.by.kind is PartyKind.AGENT:
                assert before.desk.owner == held_by(entry.by)
        if not isinstance(entry.event, OwnerChanged):
            assert (after.desk.tenure, after.desk.owner) == (before.desk.tenure, before.desk.owner)
        if not isinstance(entry.event, SessionOpened):
            assert after.desk.session == before.desk.session

    # --- time -----------------------------------------------------------------------------------------------

    @rule(ms=st.sampled_from((1, 1_000, 19_999, 20_000, 61_000, 1_900_000)))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    @precondition(lambda self: dues(self.it, POLICY))
    @rule(early=st.booleans())
    def next_deadline(self, early: bool) -> None:
        """The first of the deadlines passes: it brings something, and then that deadline is over or further off."""
        kind, at = min(dues(self.it, POLICY).items(), key=lambda due: due[1])
        self.now = max(self.now, at - 1) if early else max(self.now, at)
        happened = self.ask(SYSTEM, c.Tick(kind))
        assert bool(happened) == (self.now >= at)
        assert isinstance(happened, list)
        assert not happened or dues(self.it, POLICY).get(kind, self.now + 1) > self.now

    @rule(kind=st.sampled_from(("reservation", "bot", "queue", "snooze", "other")))
    def needless_tick(self, kind: str) -> None:
        if dues(self.it, POLICY).get(kind, self.now + 1) > self.now:
            assert self.ask(SYSTEM, c.Tick(kind)) == []

    # --- the customer ---------------------------------------------------------------------------------------

    @initialize(known=st.lists(identities, max_size=3))
    def comes(self, known) -> None:
        self.ask(WANG, c.Arrive(tuple(known), "Wang", "zh-CN"))

    @rule(known=st.lists(identities, max_size=2))
    def arrives(self, known) -> None:
        self.ask(WANG, c.Arrive(tuple(known), "Wang"))

    @rule()
    def writes(self) -> None:
        happened = self.ask(WANG, c.PostMessage(text("hello")))
        assert isinstance(happened, Gone if self.it.who.merged_into else list)
        self.thinking.append((self.it.desk.tenure, self.it.seq))

    @rule(cancel=st.booleans())
    def asks_for_a_person(self, cancel: bool) -> None:
        self.ask(WANG, c.CancelHandoff() if cancel else c.RequestHandoff())
        self.thinking.append((self.it.desk.tenure, self.it.seq))

    @rule(by=st.sampled_from((WANG, LI, ANA)), upto=st.integers(0, 60), read=st.booleans())
    def sees(self, by: Party, upto: int, read: bool) -> None:
        self.ask(by, c.MarkRead(upto) if read else c.MarkDelivered(upto))

    @rule(score=st.integers(-1, 7))
    def rates(self, score: int) -> None:
        self.ask(WANG, c.RateSession(score))

    # --- the bot --------------------------------------------------------------------------------------------

    @precondition(lambda self: self.thinking)
    @rule(newest=st.booleans(), hands_over=st.booleans(), says=st.integers(0, 2), more=st.booleans())
    def bot_answers(self, newest: bool, hands_over: bool, says: int, more: bool) -> None:
        tenure, seq = self.thinking.pop(-1 if newest else 0)
        stale = tenure != self.it.desk.tenure
        brief = c.Brief("asked", SECRET, SECRET, (SECRET,), "") if hands_over else None
        insight = Insight(intent=SECRET) if more else None
        ticket = TicketDraft(subject=SECRET) if more else None
        turn = c.BotTurn(tenure, seq, (text("It is on its way."),) * says, insight, brief, ticket)
        happened = self.ask(BOT, turn)
        if stale and not self.it.who.merged_into:
            assert isinstance(happened, StaleTenure), "an answer under an older tenure"

    # --- the desk -------------------------------------------------------------------------------------------

    @rule(agent=agents, ms=st.sampled_from((1, 20_000)), behind=ago)
    def routing_asks(self, agent: Party, ms: int, behind: int) -> None:
        self.ask(SYSTEM, c.Reserve(agent.id, agent.name, self.now + ms, self.it.desk.tenure - behind))

    @precondition(lambda self: self.it.desk.reservation)
    @rule(declines=st.booleans())
    def asked_agent_answers(self, declines: bool) -> None:
        held = self.it.desk.reservation
        agent = next(a for a in (LI, ANA, BOSS) if a.id == held.agent)
        happened = self.ask(agent, c.DeclineReservation(SECRET) if declines else c.AcceptReservation())
        assert isinstance(happened, NotReservedForYou) == (self.now >= held.until)
        if not declines and isinstance(happened, list):
            assert self.it.desk.owner == held_by(agent)

    @rule(agent=agents)
    def somebody_accepts(self, agent: Party) -> None:
        held = self.it.desk.reservation
        happened = self.ask(agent, c.AcceptReservation())
        if not held or held.agent != agent.id:
            assert isinstance(happened, NotReservedForYou | Gone), "exactly one party wins a reservation"

    @rule(agent=agents, to=owners, behind=st.none() | ago)
    def assigns(self, agent: Party, to, behind: int | None) -> None:
        seen = None if behind is None else self.it.desk.tenure - behind
        before = self.it
        happened = self.ask(agent, c.Assign(to, seen, overrule=agent is BOSS))
        if behind and not before.who.merged_into:
            assert isinstance(happened, StaleTenure)
        if before.desk.owner.kind is OwnerKind.AGENT and before.desk.owner.id != agent.id and agent is not BOSS:
            assert self.it == before, "taken out of a colleague's hands"

    @rule(agent=agents)
    def says(self, agent: Party) -> None:
        self.ask(agent, c.PostMessage(text("hello")))

    @rule(
        agent=agents,
        command=st.sampled_from(
            (
                c.Resolve(),
                c.Resolve(overrule=True),
                c.Reopen(),
                c.AddNote(SECRET),
                c.AddTag(SECRET),
                c.RemoveTag(SECRET),
            )
        ),
    )
    def works(self, agent: Party, command: c.Command) -> None:
        self.ask(agent, command)

    @rule(agent=agents, ms=st.sampled_from((-1, 0, 1, 60_000, 2**53)))
    def snoozes(self, agent: Party, ms: int) -> None:
        self.ask(agent, c.Snooze(self.now + ms))

    @rule(agent=agents)
    def vanishes(self, agent: Party) -> None:
        self.ask(SYSTEM, c.GiveBack(agent.id, "agent_unreachable"))
        assert self.it.desk.owner != held_by(agent)

    @rule(identity=identities)
    def verifies(self, identity) -> None:
        self.ask(LI, c.VerifyIdentity(identity))

    # --- CRM, merges ----------------------------------------------------------------------------------------

    @rule(found=st.booleans(), name=st.sampled_from(("", "Wang", "W" * 300)))
    def crm_answers(self, found: bool, name: str) -> None:
        known = CrmCustomer(source="x", source_id="1", external_id=SECRET, name=name, tier="gold") if found else None
        outcome = "found" if found else "none"
        self.ask(SYSTEM, c.AttachContext(Context(crm="x", outcome=outcome, as_of=self.now, customer=known)))

    @rule(long=st.booleans())
    def crm_confirms(self, long: bool) -> None:
        self.ask(SYSTEM, c.ConfirmTicket("7" * (99 if long else 3), "kettle" * (99 if long else 1)))
        self.ask(SYSTEM, c.ConfirmWritten("summary", self.it.desk.session, "r" * (999 if long else 3)))

    @rule(source=others, owner=owners | st.just(NOBODY), known=st.lists(identities, max_size=1), undo=st.booleans())
    def another_customer_turns_out_to_be_her(self, source: str, owner, known, undo: bool) -> None:
        self.ask(SYSTEM, c.Unmerge(source) if undo else c.Absorb(source, 7, tuple(known), owner))

    @rule(into=others, theirs=st.lists(identities, max_size=1), sure=st.integers(0, 2))
    def she_turns_out_to_be_another(self, into: str, theirs, sure: int) -> None:
        if not sure:  # rarely: afterwards nothing but refusals comes, until it is undone
            self.ask(LI, c.MergeInto(into, tuple(theirs)))

    @precondition(lambda self: self.it.who.merged_into)
    @rule(right=st.booleans())
    def the_merge_is_undone(self, right: bool) -> None:
        self.ask(LI, c.Release(self.it.who.merged_into if right else "elsewhere"))
        assert bool(self.it.who.merged_into) != right

    # --- what always holds ----------------------------------------------------------------------------------

    @rule()
    def another_process_loads_it(self) -> None:
        stored = restore(snapshot(self.it))
        assert stored == self.it
        self.it = stored

    @invariant()
    def the_parts_agree(self) -> None:
        desk, owner = self.it.desk, self.it.desk.owner.kind
        assert desk.session_open == (owner is not OwnerKind.NONE), "an open session that nobody has"
        assert not desk.reservation or owner is OwnerKind.QUEUE
        assert not desk.snoozed_until or owner is OwnerKind.AGENT
        assert not desk.handoff_wanted or owner is OwnerKind.BOT
        assert not self.it.who.merged_into or owner is OwnerKind.NONE
        assert len(set(desk.tags)) == len(desk.tags)
        assert self.it.status is (
            Status.SNOOZED
            if desk.snoozed_until
            else {OwnerKind.NONE: Status.RESOLVED, OwnerKind.BOT: Status.PENDING}.get(owner, Status.OPEN)
        )
        assert place(self.it).partition(":")[0] == ("" if owner is OwnerKind.NONE else owner)

    @invariant()
    def nobody_who_waits_is_forgotten(self) -> None:
        """Whoever waits is with an agent, or in the queue where routing looks, or a deadline will move them there."""
        due, owner = dues(self.it, POLICY), self.it.desk.owner.kind
        waits = self.it.talk.waiting_since > 0
        assert owner is not OwnerKind.BOT or waits == ("bot" in due)
        assert owner is not OwnerKind.BOT or not self.it.desk.handoff_wanted or waits
        assert owner is not OwnerKind.QUEUE or waits
        assert owner is not OwnerKind.NONE or not (waits or due or self.it.talk.unread)
        assert bool(self.it.desk.reservation) == ("reservation" in due)
        assert bool(self.it.desk.snoozed_until) == ("snooze" in due)
        assert self.it.talk.waiting_since <= self.now

    @invariant()
    def positions_point_at_what_was_said(self) -> None:
        talk = self.it.talk
        assert talk.read_customer <= talk.delivered_customer <= talk.staff_seq <= self.it.seq
        assert talk.read_staff <= talk.delivered_staff <= talk.customer_seq <= self.it.seq
        said = [e for e in self.log if isinstance(e.event, MessageCreated)]
        assert (talk.last.seq if talk.last else 0) == (said[-1].seq if said else 0)
        assert talk.unread <= sum(e.by.kind is PartyKind.CUSTOMER for e in said)

    def teardown(self) -> None:
        frames = [encode(e) for e in self.log]
        assert [decode(f) for f in frames] == self.log
        assert [e.seq for e in self.log] == list(range(1, self.it.seq + 1))
        again = Conversation("wang", epoch="e1")
        for frame in frames:
            again = apply(again, decode(frame))
        assert again == self.it, "the log tells the state"
        shown = [f for e, f in zip(self.log, frames, strict=True) if visible(e.event.audience, staff=False)]
        assert not [f for f in shown if SECRET.encode() in f], "staff's words before the customer's eyes"


def attempt(it: Conversation, command: c.Command, asked: Asked) -> list[Event] | OneThreadError:
    """What `decide` says; anything but a named error fails the test."""
    try:
        return decide(it, command, asked)
    except OneThreadError as refusal:
        return refusal


def same(a: list[Event] | OneThreadError, b: list[Event] | OneThreadError) -> bool:
    if isinstance(a, OneThreadError) and isinstance(b, OneThreadError):
        return (type(a), a.detail) == (type(b), b.detail)
    return a == b


TestConversation = ConversationMachine.TestCase
TestConversation.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
