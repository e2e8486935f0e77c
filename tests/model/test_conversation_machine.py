"""Anybody asks anything at any time: what must hold of a conversation whatever happens (a Hypothesis state machine)."""

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hub.model import call_commands as cc
from hub.model import commands as c
from hub.model.call import THE_BOT as BOT_PARTY
from hub.model.codec import decode, encode, restore, snapshot
from hub.model.content import Last
from hub.model.conversation import Conversation, Status, apply, place
from hub.model.crm import Context, CrmCustomer, TicketDraft
from hub.model.decide import Asked, decide
from hub.model.dues import dues
from hub.model.errors import BadRequest, Gone, NotReservedForYou, OneThreadError, StaleTenure
from hub.model.events import (
    CallSaid,
    CustomerCarried,
    Event,
    Insight,
    Logged,
    MessageCreated,
    OwnerChanged,
    Part,
    SessionOpened,
    visible,
)
from hub.model.identity import Identity, Proof
from hub.model.ids import derived
from hub.model.owner import NOBODY, OwnerKind
from hub.model.party import BOT, SYSTEM, Party, PartyKind
from tests.model.story import ANA, LI, POLICY, T0, THE_BOT, WANG, account, device, email, held_by, queue, text

BOSS = Party(kind=PartyKind.AGENT, id="boss", name="Boss")
SECRET = "for-staff-only"
AFTER_A_MERGE = {"customer.absorbed", "customer.unmerged", "customer.carried"}
UNDONE = ("customer.released", "conversation.reopened", "owner.changed")  # the last two when a session was open

Draw = Callable[[st.SearchStrategy[Any]], Any]

agents = st.sampled_from((LI, ANA, BOSS))
owners = st.sampled_from((NOBODY, THE_BOT, queue(), queue("returns"), *(held_by(a) for a in (LI, ANA, BOSS))))
identities = st.sampled_from(
    (device("d1"), account("wang"), account("chen"), email("w@x.cn"), email("w@x.cn", Proof.SIGNED))
)
others = st.sampled_from(("guest", "account"))
ago = st.sampled_from((0, 0, 0, 1, 2))  # how many tenures behind somebody's screen is

LIKELY = {
    OwnerKind.NONE: ("writes", "writes", "asks_for_a_person", "reopens", "assigns", "bot_answers"),
    OwnerKind.BOT: ("bot_answers", "bot_answers", "writes", "asks_for_a_person", "next_deadline", "assigns"),
    OwnerKind.QUEUE: (
        "routing_asks",
        "routing_asks",
        "asked_agent_answers",
        "asked_agent_answers",
        "next_deadline",
        "next_deadline",
        "cancels",
        "bot_answers",
    ),
    OwnerKind.AGENT: ("owner_says", "writes", "sees", "snoozes", "next_deadline", "resolves", "assigns"),
}
ANYTHING = (
    "time_passes",
    "next_deadline",
    "needless_tick",
    "arrives",
    "writes",
    "cancels",
    "sees",
    "rates",
    "bot_answers",
    "routing_asks",
    "somebody_accepts",
    "assigns",
    "owner_says",
    "works",
    "resolves",
    "reopens",
    "snoozes",
    "vanishes",
    "verifies",
    "crm_answers",
    "crm_confirms",
    "another_customer_turns_out_to_be_her",
    "another_turns_out_to_be_another_after_all",
    "she_turns_out_to_be_another",
    "another_process_loads_it",
    "calls",
    "calls",
    "answers_a_call",
    "answers_a_call",
)


class ConversationMachine(RuleBasedStateMachine):
    """Keeps the log beside the state, and the turns that the bot is still thinking about."""

    def __init__(self) -> None:
        super().__init__()
        self.it = Conversation("wang", epoch="e1")
        self.log: list[Logged] = []
        self.now = T0
        self.asked = 0
        self.brought = 0  # unread messages of logs that were taken in
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
            happened = tuple(e.type for e in answer)
            assert set(happened) <= AFTER_A_MERGE or happened in (UNDONE, UNDONE[:1])
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

    @initialize(known=st.lists(identities, max_size=3))
    def comes(self, known: list[Identity]) -> None:
        self.ask(WANG, c.Arrive(tuple(known), "Wang", "zh-CN"))

    @rule(draw=st.data())
    def somebody_does_something(self, draw: st.DataObject) -> None:
        """Mostly what makes sense now, so that stories become long; else anything."""
        likely = ("the_merge_is_undone",) if self.it.who.merged_into else LIKELY[self.it.desk.owner.kind]
        move = draw.draw(st.sampled_from((*likely, *likely, *likely, *ANYTHING)))
        getattr(self, move)(draw.draw)

    # --- time -----------------------------------------------------------------------------------------------

    def time_passes(self, draw: Draw) -> None:
        self.now += draw(st.sampled_from((1, 1_000, 19_999, 20_000, 61_000, 1_900_000)))

    def next_deadline(self, draw: Draw) -> None:
        """The first of the deadlines passes: it brings something, and then that deadline is over or further off."""
        due = dues(self.it, POLICY)
        if not due:
            return
        kind = min(due, key=due.__getitem__)
        self.now = max(self.now, due[kind] - draw(st.integers(0, 1)))
        happened = self.ask(SYSTEM, c.Tick(kind))
        assert isinstance(happened, list)
        assert bool(happened) == (self.now >= due[kind])
        assert not happened or dues(self.it, POLICY).get(kind, self.now + 1) > self.now

    def needless_tick(self, draw: Draw) -> None:
        kind = draw(st.sampled_from(("reservation", "bot", "queue", "snooze", "idle", "other")))
        if dues(self.it, POLICY).get(kind, self.now + 1) > self.now:
            assert self.ask(SYSTEM, c.Tick(kind)) == []

    # --- the customer ---------------------------------------------------------------------------------------

    def arrives(self, draw: Draw) -> None:
        self.ask(WANG, c.Arrive(tuple(draw(st.lists(identities, max_size=2))), "Wang"))
        self.thinking.append((self.it.desk.tenure, self.it.seq))

    def writes(self, draw: Draw) -> None:
        happened = self.ask(WANG, c.PostMessage(text("hello")))
        assert isinstance(happened, Gone if self.it.who.merged_into else list)
        self.thinking.append((self.it.desk.tenure, self.it.seq))

    def asks_for_a_person(self, draw: Draw) -> None:
        self.ask(WANG, c.RequestHandoff())
        self.thinking.append((self.it.desk.tenure, self.it.seq))

    def cancels(self, draw: Draw) -> None:
        happened = self.ask(WANG, c.CancelHandoff())
        assert isinstance(happened, OneThreadError) or self.it.desk.owner == THE_BOT

    def sees(self, draw: Draw) -> None:
        by, upto = draw(st.sampled_from((WANG, LI, ANA))), draw(st.integers(0, self.it.seq + 2))
        self.ask(by, c.MarkRead(upto) if draw(st.booleans()) else c.MarkDelivered(upto))

    def rates(self, draw: Draw) -> None:
        self.ask(WANG, c.RateSession(draw(st.integers(-1, 7))))

    # --- the bot --------------------------------------------------------------------------------------------

    def bot_answers(self, draw: Draw) -> None:
        if not self.thinking:
            return
        tenure, seq = self.thinking.pop(draw(st.sampled_from((-1, -1, 0))))
        stale = tenure != self.it.desk.tenure
        more = draw(st.booleans())
        hands_over = self.it.desk.handoff_wanted or draw(st.booleans())
        brief = c.Brief("asked", SECRET, SECRET, (SECRET,), "") if hands_over else None
        insight = Insight(intent=SECRET) if more else None
        ticket = TicketDraft(subject=SECRET) if more else None
        turn = c.BotTurn(tenure, seq, (text("It is on its way."),) * draw(st.integers(0, 2)), insight, brief, ticket)
        happened = self.ask(BOT, turn)
        if stale and not self.it.who.merged_into:
            assert isinstance(happened, StaleTenure), "an answer under an older tenure"

    # --- the desk -------------------------------------------------------------------------------------------

    def routing_asks(self, draw: Draw) -> None:
        agent, ms = draw(agents), draw(st.sampled_from((1, 20_000, 20_000)))
        self.ask(SYSTEM, c.Reserve(agent.id, agent.name, self.now + ms, self.it.desk.tenure - draw(ago)))

    def asked_agent_answers(self, draw: Draw) -> None:
        held = self.it.desk.reservation
        if held is None:
            return
        agent = next(a for a in (LI, ANA, BOSS) if a.id == held.agent)
        declines = draw(st.booleans())
        happened = self.ask(agent, c.DeclineReservation(SECRET) if declines else c.AcceptReservation())
        assert isinstance(happened, NotReservedForYou) == (self.now >= held.until)
        if not declines and isinstance(happened, list):
            assert self.it.desk.owner == held_by(agent)

    def somebody_accepts(self, draw: Draw) -> None:
        agent, held = draw(agents), self.it.desk.reservation
        happened = self.ask(agent, c.AcceptReservation())
        if not held or held.agent != agent.id:
            assert isinstance(happened, NotReservedForYou | Gone), "exactly one party wins a reservation"

    def assigns(self, draw: Draw) -> None:
        agent, to, behind, before = draw(agents), draw(owners), draw(st.none() | ago), self.it
        seen = None if behind is None else self.it.desk.tenure - behind
        happened = self.ask(agent, c.Assign(to, seen, overrule=agent is BOSS))
        if to == NOBODY:
            assert isinstance(happened, BadRequest | Gone)
        elif behind and not before.who.merged_into:
            assert isinstance(happened, StaleTenure)
        if before.desk.owner.kind is OwnerKind.AGENT and before.desk.owner.id != agent.id and agent is not BOSS:
            assert self.it == before, "taken out of a colleague's hands"

    def owner_says(self, draw: Draw) -> None:
        agent = draw(agents)
        happened = self.ask(agent, c.PostMessage(text("hello")))
        assert isinstance(happened, list) == (self.it.desk.owner == held_by(agent))

    def works(self, draw: Draw) -> None:
        words = (c.AddNote(SECRET), c.AddTag(SECRET), c.RemoveTag(SECRET), c.AddNote(""))
        self.ask(draw(agents), draw(st.sampled_from(words)))

    def resolves(self, draw: Draw) -> None:
        agent = draw(agents)
        self.ask(agent, c.Resolve(overrule=agent is BOSS))

    def reopens(self, draw: Draw) -> None:
        self.ask(draw(agents), c.Reopen())

    def snoozes(self, draw: Draw) -> None:
        by = next((a for a in (LI, ANA, BOSS) if self.it.desk.owner == held_by(a)), LI)
        self.ask(by, c.Snooze(self.now + draw(st.sampled_from((-1, 0, 1, 60_000, 60_000, 2**53)))))

    def vanishes(self, draw: Draw) -> None:
        agent, asleep = draw(agents), self.it.desk.snoozed_until
        held = self.it.desk.owner == held_by(agent)
        self.ask(SYSTEM, c.GiveBack(agent.id, "agent_unreachable"))
        assert (self.it.desk.owner == held_by(agent)) == bool(held and asleep)

    # --- CRM, identities, merges ----------------------------------------------------------------------------

    def verifies(self, draw: Draw) -> None:
        self.ask(LI, c.VerifyIdentity(draw(identities)))

    def crm_answers(self, draw: Draw) -> None:
        name = draw(st.sampled_from(("", "Wang", "W" * 300)))
        known = CrmCustomer(source="x", source_id="1", external_id=SECRET, name=name, tier="gold")
        self.ask(SYSTEM, c.AttachContext(Context(crm="x", outcome="found", as_of=self.now, customer=known)))

    def crm_confirms(self, draw: Draw) -> None:
        long = draw(st.sampled_from((1, 99)))
        self.ask(SYSTEM, c.ConfirmEffect("e1", "ticket", "local", "7" * long, subject="kettle" * long))
        self.ask(SYSTEM, c.ConfirmWritten("summary", self.it.desk.session, "r" * 10 * long))

    def calls(self, draw: Draw) -> None:
        self.ask(draw(st.sampled_from((WANG, LI, ANA))), cc.RequestCall(draw(st.sampled_from(("audio", "video")))))

    def answers_a_call(self, draw: Draw) -> None:
        """Anything that can be asked of a call, of the one that there is or of another."""
        id = draw(st.sampled_from((self.it.call.id if self.it.call else "none", "other")))
        asked = (
            cc.AcceptCall(id),
            cc.AcceptCall(id),
            cc.DeclineCall(id),
            cc.CancelCall(id),
            cc.HangUp(id),
            cc.UpgradeCall(id),
            cc.InviteToCall(id, draw(st.sampled_from(("ana", "boss"))), "An expert", "Her kettle leaks."),
            cc.InviteGuest(id, "A plumber", "Her kettle leaks."),
            cc.OpenLink(id),
            cc.WithdrawInvitation(id, "agent:ana"),
            *(cc.SuperviseCall(id, mode, leads=draw(st.booleans())) for mode in ("listen", "whisper", "join")),
            cc.RequestConsent(id, "v1"),
            cc.GrantConsent(id, "v1"),
            cc.GrantConsent(id, "v1"),
            cc.RefuseConsent(id, "v1"),
            cc.WithdrawConsent(id),
            cc.StopRecording(id),
            cc.NoteCall(id, "solved"),
            cc.EndCall(id, "abandoned"),
            cc.SpeakInCall(id, CallSaid(call=id, text="Hello.")),
        )
        invited = [each.party for each in self.it.call.invited] if self.it.call else []
        inside = [each.party for each in self.it.call.parties] if self.it.call else []
        ids = [party.partition(":")[2] for party in (*invited, *inside) if party.startswith("guest:")]
        guests = [Party(kind=PartyKind.GUEST, id=id, name="A plumber") for id in (*ids, "nobody")]
        self.ask(draw(st.sampled_from((WANG, LI, ANA, BOSS, BOT, *guests))), draw(st.sampled_from(asked)))

    def another_customer_turns_out_to_be_her(self, draw: Draw) -> None:
        known, owner = draw(st.lists(identities, max_size=1)), draw(owners)
        source = draw(others)
        absorb = c.Absorb(source, 7, tuple(known), owner)
        if owner is not NOBODY:
            waits, part = draw(st.sampled_from((0, self.now))), Part(source=source, first=2, last=7)
            last = Last("customer", "Wang", "hello", self.now, 0)
            absorb = c.Absorb(source, 7, tuple(known), owner, (part,), waits, bool(waits), last)
        happened = self.ask(SYSTEM, absorb)
        if isinstance(happened, list):
            self.brought += sum(e.unread for e in happened if isinstance(e, CustomerCarried))

    def she_turns_out_to_be_another(self, draw: Draw) -> None:
        self.ask(LI, c.MergeInto(draw(others), tuple(draw(st.lists(identities, max_size=1)))))

    def another_turns_out_to_be_another_after_all(self, draw: Draw) -> None:
        self.ask(SYSTEM, c.Unmerge(draw(others)))

    def the_merge_is_undone(self, draw: Draw) -> None:
        into, right, owner = self.it.who.merged_into, draw(st.booleans()), self.it.who.merged_owner
        self.ask(LI, c.Release(into if right else "elsewhere"))
        assert bool(self.it.who.merged_into) == (bool(into) and not right)
        assert not into or not right or self.it.desk.owner == owner

    def another_process_loads_it(self, draw: Draw) -> None:
        stored = restore(snapshot(self.it))
        assert stored == self.it
        self.it = stored

    # --- what always holds ----------------------------------------------------------------------------------

    @invariant()
    def a_call_is_sound(self) -> None:
        call = self.it.call
        if call is None:
            return
        parties = [each.party for each in call.parties]
        assert len(set(parties)) == len(parties) <= POLICY.call_parties
        assert call.ringing or len(parties) >= 2
        assert not call.recording or {*parties} - {BOT_PARTY} <= {*call.granted}, "somebody did not agree"
        assert not {each.party for each in call.invited} & {*parties}
        listening = [each.party for each in call.supervisors]
        assert len(set(listening)) == len(listening) <= 2
        assert not {*listening} & {*parties}, "who is in it does not listen in"
        assert {each.mode for each in call.supervisors} <= {"listen", "whisper"}
        assert not (call.recording and call.whispered), "who whispers was not asked"
        assert call.announced == bool(call.supervisors), "everybody is told, and told when it is over"
        guests = [party for party in parties if party.startswith("guest:")]
        assert not guests or any(party.startswith("agent:") for party in parties), "a guest alone with the customer"
        assert not self.it.who.merged_into
        assert not call.held or BOT_PARTY in parties, "it is held by nobody"
        if call.ringing or BOT_PARTY in parties:
            assert "ring" in dues(self.it, POLICY), "it would ring for ever"

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
        resolved = "resolved" if desk.session and not self.it.who.merged_into else ""
        assert place(self.it).partition(":")[0] == (resolved if owner is OwnerKind.NONE else owner)

    @invariant()
    def nobody_who_waits_is_forgotten(self) -> None:
        """Whoever waits is with an agent, or in the queue where routing looks, or a deadline will move them there."""
        due, owner = dues(self.it, POLICY), self.it.desk.owner.kind
        waits = self.it.talk.waiting_since > 0
        assert owner is not OwnerKind.BOT or waits == ("bot" in due)
        assert owner is not OwnerKind.BOT or not self.it.desk.handoff_wanted or waits
        assert owner is not OwnerKind.QUEUE or waits
        assert owner is not OwnerKind.NONE or not due
        assert owner is not OwnerKind.NONE or self.it.who.merged_into or not (waits or self.it.talk.unread)
        assert bool(self.it.desk.reservation) == ("reservation" in due)
        assert bool(self.it.desk.snoozed_until) == ("snooze" in due)
        assert self.it.talk.waiting_since <= self.now

    @invariant()
    def positions_point_at_what_was_said(self) -> None:
        talk = self.it.talk
        assert talk.read_customer <= talk.delivered_customer <= talk.staff_seq <= self.it.seq
        assert talk.read_staff <= talk.delivered_staff <= talk.customer_seq <= self.it.seq
        said = [e for e in self.log if isinstance(e.event, MessageCreated)]
        assert not talk.last or talk.last.seq in (0, said[-1].seq if said else 0)
        assert talk.unread <= sum(e.by.kind is PartyKind.CUSTOMER for e in said) + self.brought
        assert {it.source for it in talk.brought} <= {it.source for it in self.it.who.absorbed}

    def teardown(self) -> None:
        frames = [encode(e) for e in self.log]
        assert [decode(f) for f in frames] == self.log
        assert [e.seq for e in self.log] == list(range(1, self.it.seq + 1))
        again = Conversation("wang", epoch="e1")
        for frame in frames:
            again = apply(again, decode(frame))
        assert again == self.it, "the log tells the state"
        alone = Conversation("wang", epoch="e1")
        for entry in self.log:
            alone = alone if isinstance(entry.event, CustomerCarried) else apply(alone, entry)
        assert (self.it.talk.alone or self.it.talk) == alone.talk, "what others brought can be taken back"
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
TestConversation.settings = settings(max_examples=70, stateful_step_count=50)
