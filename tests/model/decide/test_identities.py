"""Who the customer is: arriving, proving, merging, and undoing a merge."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hub.model import commands as c
from hub.model.conversation import Absorbed, Status, place
from hub.model.crm import Context, CrmCustomer
from hub.model.decide.identities import taking_in
from hub.model.dues import dues
from hub.model.errors import Gone, MergeRefused, SessionClosed
from hub.model.events import (
    Audience,
    ContextAttached,
    CustomerAbsorbed,
    CustomerArrived,
    CustomerCarried,
    CustomerMerged,
    IdentityAdded,
    OwnerChanged,
    Part,
)
from hub.model.identity import Proof
from hub.model.owner import NOBODY
from hub.model.party import BOT, SYSTEM
from tests.model.story import (
    ANA,
    LI,
    MINUTE,
    POLICY,
    SECOND,
    WANG,
    Story,
    account,
    device,
    email,
    held_by,
    queue,
    text,
    types,
)

# --- arriving and proving ---------------------------------------------------------------------------------


def test_the_first_arrival_begins_the_log() -> None:
    story = Story()
    happened = story.ask(WANG, c.Arrive((device("d1"),), "Wang", "zh-CN", "/kettles", "shop"))
    assert types(happened) == ["conversation.started", "identity.added", "customer.arrived"]
    assert happened[-1] == CustomerArrived(locale="zh-CN", page="/kettles", site="shop")
    assert (story.it.who.name, story.it.who.locale, story.it.who.site) == ("Wang", "zh-CN", "shop")


def test_a_reload_is_no_arrival_but_coming_back_after_half_an_hour_is() -> None:
    story = Story()
    story.arrives(device("d1"))
    assert story.later(POLICY.greet_again_ms - 1).arrives(device("d1")) == []
    assert types(story.later(1).arrives(device("d1"))) == ["customer.arrived"]


def test_nobody_is_greeted_in_the_middle_of_a_session() -> None:
    story = Story()
    story.arrives()
    story.writes()
    assert story.later(POLICY.greet_again_ms).arrives() == []


def test_a_better_proof_of_a_known_address_is_news_and_a_weaker_one_is_not() -> None:
    story = Story()
    story.arrives(email("w@example.com", Proof.CLAIM))
    assert types(story.arrives(email("w@example.com", Proof.SIGNED))) == ["identity.added"]
    assert story.arrives(email("w@example.com", Proof.CLAIM)) == []
    assert story.it.who.identities == (email("w@example.com", Proof.SIGNED),)


def test_the_same_address_twice_in_one_arrival_is_added_once() -> None:
    story = Story()
    happened = story.arrives(email("w@example.com"), email("w@example.com"))
    assert types(happened) == ["conversation.started", "identity.added", "customer.arrived"]


def test_an_agents_word_raises_a_claim_once() -> None:
    story = Story()
    story.arrives(email("w@example.com"))
    word = email("w@example.com", Proof.AGENT_WORD)
    assert story.ask(LI, c.VerifyIdentity(word)) == [IdentityAdded(identity=word)]
    assert story.ask(LI, c.VerifyIdentity(word)) == []


def test_what_the_crm_found_is_shown_in_rows() -> None:
    story = Story()
    known = CrmCustomer(source="local", source_id="1", external_id="c7", name="王芳", surname="王", tier="gold")
    story.ask(SYSTEM, c.AttachContext(Context(crm="local", outcome="found", as_of=1, took_ms=40, customer=known)))
    who = story.it.who
    assert (who.name, who.surname, who.tier, who.external_id) == ("王芳", "王", "gold", "c7")


def test_a_crm_that_found_nobody_wipes_nothing() -> None:
    story = Story()
    story.arrives(name="Wang")
    [attached] = story.ask(SYSTEM, c.AttachContext(Context(crm="local", outcome="none", as_of=1)))
    assert attached == ContextAttached(crm="local", outcome="none")
    story.arrives(email("w@example.com"), name="Wang")
    assert story.it.who.name == "Wang"


def test_a_long_name_in_the_crm_does_not_keep_its_context_away() -> None:
    story = Story()
    known = CrmCustomer(source="x", source_id="1", external_id="c7", name="W" * 200, surname="W" * 200)
    [attached] = story.ask(SYSTEM, c.AttachContext(Context(crm="x", outcome="found", as_of=1, customer=known)))
    assert isinstance(attached, ContextAttached)
    assert (len(attached.name), len(attached.surname)) == (120, 120)


# --- merging ----------------------------------------------------------------------------------------------


def merged(story: Story, into: str = "account") -> Story:
    story.ask(SYSTEM, c.MergeInto(into, ()))
    return story


def absorb(it: Story) -> c.Absorb:
    return taking_in(it.it)


def test_a_merge_without_a_session_is_one_line_in_each_log() -> None:
    guest, home = Story("guest"), Story("account")
    guest.arrives(device("d1"))
    assert guest.ask(SYSTEM, c.MergeInto("account", ())) == [CustomerMerged(into="account")]
    assert home.ask(SYSTEM, absorb(guest)) == [
        CustomerAbsorbed(source="guest", upto=guest.it.seq),
        CustomerCarried(source="guest", identities=(device("d1"),)),
    ]
    assert (CustomerAbsorbed.audience, CustomerCarried.audience) == (Audience.EVERYONE, Audience.STAFF)
    assert home.it.who.every_identity == (device("d1"),)


def test_the_open_session_goes_on_in_the_other_log_with_whoever_had_it() -> None:
    guest, home = Story("guest").served(LI), Story("account")
    assert types(guest.ask(SYSTEM, c.MergeInto("account", ()))) == ["owner.changed", "customer.merged"]
    assert (guest.it.desk.owner, guest.it.who.merged_owner) == (NOBODY, held_by(LI))
    assert types(home.ask(SYSTEM, absorb(guest))) == [
        "customer.absorbed",
        "session.opened",
        "owner.changed",
        "customer.carried",
    ]
    assert home.it.desk.owner == held_by(LI)
    assert types(home.says(agent=LI)) == ["message.created"]


@pytest.mark.parametrize(
    ("mine", "theirs", "winner"),
    [
        (lambda s: s.served(LI), lambda s: s.writes(), held_by(LI)),
        (lambda s: s.served(LI), lambda s: s.queued("x"), held_by(LI)),
        (lambda s: s.served(LI), lambda s: s.served(ANA), held_by(ANA)),
        (lambda s: s.queued("returns"), lambda s: s.writes(), queue("returns")),
        (lambda s: s.queued("returns"), lambda s: s.queued("x"), queue("x")),
        (lambda s: s.queued("returns"), lambda s: s.served(ANA), held_by(ANA)),
    ],
    ids=["agent-bot", "agent-queue", "agent-agent", "queue-bot", "queue-queue", "queue-agent"],
)
def test_of_two_open_sessions_the_one_nearer_to_a_person_goes_on(mine, theirs, winner) -> None:
    """A guest in the queue (or with an agent) signed in, and an old bot session of the account swallowed them."""
    guest, home = Story("guest"), Story("account")
    mine(guest)
    theirs(home)
    session = home.it.desk.session
    merged(guest)
    home.ask(SYSTEM, absorb(guest))
    assert home.it.desk.owner == winner
    assert home.it.desk.session == session, "the open session goes on; it is not opened twice"


def test_a_guest_who_signs_in_wakes_the_snoozed_session_of_the_account() -> None:
    guest, home = Story("guest").queued(), Story("account").served(ANA)
    home.ask(ANA, c.Snooze(home.now + 60 * MINUTE))
    merged(guest)
    assert types(home.ask(SYSTEM, absorb(guest))) == [
        "customer.absorbed",
        "conversation.woken",
        "customer.carried",
    ]
    assert home.it.status is Status.OPEN


def test_absorbing_the_same_log_again_changes_nothing() -> None:
    guest, home = merged(Story("guest").queued()), Story("account")
    home.ask(SYSTEM, absorb(guest))
    assert home.ask(SYSTEM, absorb(guest)) == []


def test_merging_the_same_way_again_changes_nothing() -> None:
    guest = merged(Story("guest").queued())
    assert guest.ask(SYSTEM, c.MergeInto("account", ())) == []


def test_two_signed_accounts_never_merge() -> None:
    story = Story()
    story.arrives(account("wang"))
    with pytest.raises(MergeRefused):
        story.ask(LI, c.MergeInto("other", (account("chen"),)))
    assert types(story.ask(LI, c.MergeInto("other", (account("chen", Proof.CLAIM),)))) == ["customer.merged"]


def test_an_account_that_came_along_with_an_absorbed_customer_counts_too() -> None:
    guest, home = Story("guest"), Story("account")
    guest.arrives(account("wang"))
    home.ask(SYSTEM, absorb(merged(guest)))
    with pytest.raises(MergeRefused):
        home.ask(LI, c.MergeInto("third", (account("chen"),)))


def test_who_signs_in_between_the_two_halves_of_a_merge_is_not_joined() -> None:
    guest, home = Story("guest"), Story("account")
    guest.arrives(account("wang"))
    merged(guest)
    home.arrives(account("chen"))
    with pytest.raises(MergeRefused):
        home.ask(SYSTEM, absorb(guest))


def test_nobody_is_merged_into_themselves_or_twice_or_in_a_circle() -> None:
    story = Story("guest")
    with pytest.raises(MergeRefused):
        story.ask(LI, c.MergeInto("guest", ()))
    merged(story, "account")
    with pytest.raises(MergeRefused):
        story.ask(LI, c.MergeInto("elsewhere", ()))
    home = Story("account")
    home.ask(SYSTEM, absorb(story))
    with pytest.raises(MergeRefused):
        home.ask(LI, c.MergeInto("guest", ()))


GONE = [
    (WANG, c.PostMessage(text("hello?"))),
    (LI, c.PostMessage(text("hello?"))),
    (WANG, c.RequestHandoff()),
    (WANG, c.CancelHandoff()),
    (WANG, c.RateSession(5)),
    (LI, c.AcceptReservation()),
    (LI, c.DeclineReservation()),
    (LI, c.Assign(held_by(LI))),
    (LI, c.Resolve(overrule=True)),
    (LI, c.Reopen()),
    (LI, c.Snooze(2**50)),
    (LI, c.AddNote("here?")),
    (SYSTEM, c.ConfirmEffect("e1", "ticket", "local", "T-7")),  # its job is tried again, and finds the customer
    (LI, c.AddTag("here")),
    (LI, c.RemoveTag("vip")),
    (LI, c.VerifyIdentity(email("w@example.com", Proof.AGENT_WORD))),
    (SYSTEM, c.Reserve("li", "Li", 2**50, 4)),
    (BOT, c.BotTurn(4, 3, (text("hello?"),))),
]
MOOT = [
    (WANG, c.Arrive((device("d9"),))),
    (WANG, c.MarkRead(99)),
    (LI, c.MarkRead(99)),
    (LI, c.MarkDelivered(99)),
    (SYSTEM, c.GiveBack("li", "agent_left")),
    (SYSTEM, c.AttachContext(Context(crm="local", outcome="none", as_of=1))),
    *((SYSTEM, c.Tick(kind)) for kind in ("bot", "queue", "reservation", "snooze", "idle")),
]


@pytest.mark.parametrize(("by", "command"), GONE, ids=lambda x: type(x).__name__)
def test_a_log_that_was_merged_away_is_gone(by, command) -> None:
    with pytest.raises(Gone):
        merged(Story("guest").served(LI)).ask(by, command)


@pytest.mark.parametrize(("by", "command"), MOOT, ids=lambda x: type(x).__name__)
def test_what_asks_for_nothing_any_more_is_no_error_there(by, command) -> None:
    """Above all an arrival that overtakes a merge: Gone would tell the page never to come back."""
    assert merged(Story("guest").served(LI)).ask(by, command) == []


def test_a_log_that_was_merged_away_waits_for_nobody() -> None:
    guest = Story("guest").queued()
    guest.offered(LI)
    merged(guest)
    assert (dues(guest.it, POLICY), place(guest.it), guest.it.status) == ({}, "", Status.RESOLVED)
    assert guest.it.desk.reservation is None


def test_a_merge_that_comes_to_a_log_that_was_itself_merged_away_opens_no_session_there() -> None:
    guest, between = merged(Story("guest").served(LI), "between"), merged(Story("between"), "account")
    assert types(between.ask(SYSTEM, absorb(guest))) == ["customer.absorbed", "customer.carried"]
    assert between.it.desk.owner == NOBODY


def test_what_a_guest_asked_is_waited_for_and_belongs_to_the_session() -> None:
    guest, home = Story("guest"), Story("account")
    guest.writes("is it here yet?")
    since = guest.now
    merged(guest.later(SECOND))
    home.later(MINUTE).ask(SYSTEM, absorb(guest))
    it = home.it
    assert (it.talk.waiting_since, it.talk.unread) == (since, 1)
    assert it.desk.parts == (Part(source="guest", first=guest.it.desk.session_from, last=guest.it.seq),)
    assert it.talk.last == replace(guest.it.talk.last, seq=0)


def test_the_parts_of_a_session_come_along_over_several_merges_and_end_with_it() -> None:
    guest, mail, home = Story("guest").queued(), Story("mail"), Story("account")
    mail.ask(SYSTEM, absorb(merged(guest, "mail")))
    home.ask(SYSTEM, absorb(merged(mail)))
    assert [part.source for part in home.it.desk.parts] == ["guest", "mail"]
    home.ask(LI, c.Assign(held_by(LI)))
    home.resolved()
    home.writes("a new question")
    assert home.it.desk.parts == ()


def test_a_part_goes_with_an_unmerge() -> None:
    guest, home = Story("guest").queued(), Story("account")
    home.ask(SYSTEM, absorb(merged(guest)))
    home.ask(LI, c.Unmerge("guest"))
    assert home.it.desk.parts == ()


def test_the_older_waits_longer() -> None:
    """Whoever of both waits longer counts, and the row shows what was said last."""
    home, guest = Story("account").queued(), Story("guest")
    guest.later(MINUTE).queued()
    home.ask(SYSTEM, absorb(merged(guest)))
    assert home.it.talk.waiting_since < guest.it.talk.waiting_since
    assert home.it.talk.last == replace(guest.it.talk.last, seq=0)


def test_two_that_are_merged_into_each_other_at_once_are_refused() -> None:
    one, other = merged(Story("one"), "other"), merged(Story("other"), "one")
    with pytest.raises(MergeRefused):
        other.ask(SYSTEM, absorb(one))
    with pytest.raises(MergeRefused):
        one.ask(SYSTEM, absorb(other))


# --- undoing ----------------------------------------------------------------------------------------------


def test_a_merge_can_be_undone() -> None:
    guest, home = Story("guest"), Story("account")
    guest.arrives(device("d1"))
    guest.queued()
    home.ask(SYSTEM, absorb(merged(guest)))
    assert types(home.ask(LI, c.Unmerge("guest"))) == ["customer.unmerged"]
    assert types(guest.ask(LI, c.Release("account"))) == ["customer.released", "conversation.reopened", "owner.changed"]
    assert home.it.who.absorbed == ()
    assert (guest.it.who.merged_into, guest.it.who.merged_owner) == ("", NOBODY)
    assert home.it.who.every_identity == ()
    assert guest.it.who.identities == (device("d1"),)


def test_an_address_that_came_along_stays_the_other_logs_and_goes_with_it() -> None:
    guest, home = Story("guest"), Story("account")
    guest.arrives(device("d1"))
    home.arrives(account("wang"))
    home.ask(SYSTEM, absorb(merged(guest)))
    home.arrives(device("d1"))
    home.ask(LI, c.Unmerge("guest"))
    assert home.it.who.every_identity == (account("wang"),)


def test_what_the_crm_said_of_both_is_forgotten_with_the_merge() -> None:
    home = Story("account")
    home.ask(SYSTEM, absorb(merged(Story("guest"))))
    known = CrmCustomer(source="x", source_id="1", external_id="c7", name="Chen", surname="Chen", tier="gold")
    home.ask(SYSTEM, c.AttachContext(Context(crm="x", outcome="found", as_of=1, customer=known)))
    home.ask(LI, c.Unmerge("guest"))
    who = home.it.who
    assert (who.external_id, who.surname, who.tier) == ("", "", "")


def test_the_row_tells_again_what_this_log_says_alone() -> None:
    """Her row went on with the visitor's last words, their waiting and their unread, for ever."""
    guest, home = Story("guest").served(LI), Story("account").served(LI).resolved()
    alone = home.it.talk
    guest.later(MINUTE).writes("hello from the phone")
    home.later(MINUTE).ask(SYSTEM, absorb(merged(guest)))
    assert (home.it.talk.unread, home.it.talk.last.text) == (2, "hello from the phone")
    home.ask(LI, c.Unmerge("guest"))
    assert home.it.talk == alone


def test_what_she_asked_since_is_still_waited_for_and_what_was_read_is_read() -> None:
    guest, home = Story("guest").served(LI), Story("account").served(LI)
    home.says()
    home.later(MINUTE).ask(SYSTEM, absorb(merged(guest)))
    home.later(MINUTE).writes("and my other question?")
    asked = home.now
    home.later(SECOND).ask(LI, c.MarkRead(home.it.seq))
    home.ask(LI, c.Unmerge("guest"))
    assert (home.it.talk.waiting_since, home.it.talk.unread) == (asked, 0)
    assert home.it.talk.last.text == "and my other question?"


def test_of_two_that_were_merged_the_other_one_still_counts() -> None:
    one, two, home = Story("one").served(LI), Story("two"), Story("account")
    home.ask(SYSTEM, absorb(merged(one)))
    home.ask(SYSTEM, absorb(merged(two.later(MINUTE).queued())))
    home.ask(LI, c.Unmerge("one"))
    assert (home.it.talk.waiting_since, home.it.talk.unread) == (two.it.talk.waiting_since, two.it.talk.unread)
    home.later(MINUTE).says()
    home.ask(LI, c.Unmerge("two"))
    assert (home.it.talk.waiting_since, home.it.talk.unread, home.it.talk.last.by) == (0, 0, "agent")


def test_what_was_answered_before_the_merge_was_undone_is_nobody_s_to_wait_for() -> None:
    guest, home = Story("guest").served(LI), Story("account")
    home.ask(SYSTEM, absorb(merged(guest)))
    home.later(MINUTE).says()
    assert home.it.talk.alone is None, "nothing is folded twice for longer than it makes a difference"
    answered = home.it.talk
    home.ask(LI, c.Unmerge("guest"))
    assert home.it.talk == answered


@pytest.mark.parametrize("story", [Story.queued, Story.left_with_the_bot, lambda s: s.served(LI), lambda s: s])
def test_an_undone_merge_leaves_nothing_behind(story: Callable[[Story], Story]) -> None:
    """The visitor's conversation was open and somebody's: after the undo it was in nobody's list, and resolved."""
    guest = Story("guest").served(LI)
    guest.resolved()
    story(guest.later(MINUTE))
    before = guest.it
    merged(guest.later(MINUTE))
    guest.ask(LI, c.Release("account"))
    after = guest.it
    assert replace(after.desk, since=before.desk.since, tenure=before.desk.tenure) == before.desk
    assert (after.talk, after.status, place(after)) == (before.talk, before.status, place(before))
    assert dues(after, POLICY).keys() == dues(before, POLICY).keys()


def test_what_nobody_answered_before_an_undone_merge_is_waited_for_again() -> None:
    guest = Story("guest").served(LI)
    guest.later(MINUTE).writes("hello from the phone")
    before = guest.it.talk
    merged(guest.later(MINUTE))
    guest.ask(ANA, c.Release("account"))
    assert (guest.it.desk.owner, guest.it.talk) == (held_by(LI), before)
    assert types(guest.writes("are you there?")) == ["message.created"], "in the session that was open"


def test_the_bot_has_its_whole_time_again_for_what_it_had_not_answered() -> None:
    guest = Story("guest")
    guest.writes()
    merged(guest.later(SECOND))
    guest.later(MINUTE).ask(ANA, c.Release("account"))
    assert dues(guest.it, POLICY)["bot"] > guest.now


def test_after_a_merge_without_a_session_the_next_message_opens_one() -> None:
    guest = merged(Story("guest").served(LI).resolved())
    guest.ask(ANA, c.Release("account"))
    with pytest.raises(SessionClosed):
        guest.ask(LI, c.Resolve())
    assert types(guest.writes("hello again")) == ["session.opened", "owner.changed", "message.created"]
    assert (guest.it.desk.session, guest.it.status) == (2, Status.PENDING)


def test_undone_customers_can_be_merged_again() -> None:
    guest, home = Story("guest"), Story("account")
    guest.arrives(device("d1"))
    home.ask(SYSTEM, absorb(merged(guest)))
    home.ask(LI, c.Unmerge("guest"))
    guest.ask(LI, c.Release("account"))
    home.ask(SYSTEM, absorb(merged(guest)))
    assert home.it.who.absorbed == (Absorbed("guest", guest.it.seq, (device("d1"),)),)


def test_only_who_was_merged_is_unmerged() -> None:
    with pytest.raises(MergeRefused):
        Story("account").ask(LI, c.Unmerge("guest"))
    story = Story("guest")
    assert story.ask(LI, c.Release("account")) == []
    assert merged(story, "account").ask(LI, c.Release("elsewhere")) == []
    assert story.it.who.merged_into == "account"


def test_the_reason_of_a_merged_session_says_so() -> None:
    guest = Story("guest").queued()
    [changed, _] = guest.ask(SYSTEM, c.MergeInto("account", ()))
    assert isinstance(changed, OwnerChanged)
    assert (changed.reason, changed.previous) == ("merged", queue())
