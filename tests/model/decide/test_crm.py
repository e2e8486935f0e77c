"""Covers hub/model/decide/crm.py: who may ask what of the CRM, and what everybody learns of how it went."""

import pytest

from hub.model import commands as c
from hub.model.asks import CrmAsk, EditAsk, LeadAsk, TaskAsk, TicketAsk, TicketUpdateAsk
from hub.model.crm import CrmNews, FieldChange, LeadDraft, TicketChange, TicketDraft
from hub.model.errors import BadRequest, NotOwner
from hub.model.events import (
    CrmNewsTold,
    CrmNoticed,
    CrmWritten,
    EffectDone,
    EffectFailed,
    EffectRequested,
    TicketChanged,
    TicketOpened,
)
from hub.model.identity import Proof
from hub.model.party import SYSTEM
from tests.model.story import ANA, LI, MINUTE, T0, Story, account, email

TICKET = TicketAsk(draft=TicketDraft(subject="Kettle leaks"))
NEWS = CrmNews(kind="shipment", external_id="cust_wang", ref="A-1", status="delivered", text="已签收", at=T0, id="n1")


def test_what_is_asked_for_is_in_the_log_with_its_headline() -> None:
    [asked] = Story().served().ask(LI, c.AskCrm(TICKET, "shop"))
    assert isinstance(asked, EffectRequested)
    assert (asked.kind, asked.title, asked.crm, asked.ask) == ("ticket", "Kettle leaks", "shop", TICKET)


def test_effect_and_request_have_one_id() -> None:
    story = Story().served()
    story.ask(LI, c.AskCrm(TICKET, "shop"))
    assert isinstance(story.log[-1].event, EffectRequested)
    assert story.log[-1].event.effect == story.log[-1].id


def test_in_a_colleagues_conversation_only_they_ask_or_who_may_overrule() -> None:
    story = Story().served()
    with pytest.raises(NotOwner):
        story.ask(ANA, c.AskCrm(TICKET, "shop"))
    assert story.ask(ANA, c.AskCrm(TICKET, "shop", overrule=True))


def test_while_nobody_has_it_any_of_staff_may_ask() -> None:
    assert Story().queued().ask(ANA, c.AskCrm(TICKET, "shop"))
    assert Story().served().resolved().ask(ANA, c.AskCrm(TICKET, "shop"))


def edit(*changes: tuple[str, str, str]) -> EditAsk:
    return EditAsk(changes=tuple(FieldChange(field=f, was=was, now=now) for f, was, now in changes))


@pytest.mark.parametrize(
    "ask",
    [
        TicketAsk(draft=TicketDraft(subject=" ")),
        TicketUpdateAsk(number="T1", change=TicketChange()),
        TicketUpdateAsk(number="T1", change=TicketChange(comment="\n ")),
        TaskAsk(title=" ", due=T0 + MINUTE),
        TaskAsk(title="call back", due=T0),
        LeadAsk(draft=LeadDraft(name=" ", interest="RV9")),
        edit(("name", "王芳", " ")),
        edit(("name", "王芳", "王丽"), ("name", "王芳", "王莉")),
    ],
)
def test_what_says_nothing_is_refused(ask: CrmAsk) -> None:
    with pytest.raises(BadRequest):
        Story().served().ask(LI, c.AskCrm(ask, "shop"))


def test_two_further_addresses_are_two_changes() -> None:
    ask = edit(("emails", "old@x.cn", "a@x.cn"), ("emails", "", "b@x.cn"), ("company", "", "Co"))
    [asked] = Story().served().ask(LI, c.AskCrm(ask, "shop"))
    assert isinstance(asked, EffectRequested)
    assert asked.title == "emails, emails, company"


# --- how it went ---------------------------------------------------------------------------------------------


def done(kind: str, **more: str) -> c.ConfirmEffect:
    return c.ConfirmEffect("e1", kind, "shop", "T-7", **more)  # type: ignore[arg-type]


def test_the_customer_learns_the_number_of_a_ticket_and_staff_that_it_is_there() -> None:
    told = Story().served().resolved().ask(SYSTEM, done("ticket", url="https://crm/T-7", subject="Kettle leaks"))
    assert told == [
        TicketOpened(number="T-7", subject="Kettle leaks"),
        EffectDone(effect="e1", kind="ticket", crm="shop", ref="T-7", url="https://crm/T-7"),
    ]


def test_the_customer_learns_a_tickets_new_status_and_not_its_comment() -> None:
    solved = Story().served().ask(SYSTEM, done("ticket_update", status="solved", subject="Kettle"))
    assert solved[0] == TicketChanged(number="T-7", status="solved", subject="Kettle")
    [commented] = Story().served().ask(SYSTEM, done("ticket_update"))
    assert isinstance(commented, EffectDone)


def test_a_ticket_that_became_a_lead_is_no_ticket() -> None:
    assert Story().served().ask(SYSTEM, done("ticket", degraded="lead")) == [
        CrmWritten(what="lead", session=1, remote_id="T-7"),
        EffectDone(effect="e1", kind="ticket", crm="shop", ref="T-7", degraded="lead"),
    ]


@pytest.mark.parametrize("kind", ["task", "lead", "edit"])
def test_all_else_is_for_staff(kind: str) -> None:
    assert [e.type for e in Story().served().ask(SYSTEM, done(kind))] == ["effect.done"]


def test_what_failed_says_why_and_whether_it_may_still_come() -> None:
    failed = c.FailEffect("e1", "edit", "shop", "crm_conflict", "company", False)
    assert Story().served().ask(SYSTEM, failed) == [
        EffectFailed(effect="e1", kind="edit", crm="shop", why="crm_conflict", detail="company")
    ]


def test_a_crm_that_answers_at_length_does_not_block_its_own_confirmation() -> None:
    story = Story().served()
    long = c.ConfirmEffect("e1", "ticket", "shop", "7" * 999, "u" * 9_999, subject="s" * 999)
    opened, told = story.ask(SYSTEM, long)
    assert isinstance(opened, TicketOpened)
    assert isinstance(told, EffectDone)
    assert (len(opened.number), len(opened.subject), len(told.ref), len(told.url)) == (64, 200, 120, 2_000)
    [failed] = story.ask(SYSTEM, c.FailEffect("e1", "edit", "shop", "w" * 999, "d" * 999, True))
    assert isinstance(failed, EffectFailed)
    [written] = story.ask(SYSTEM, c.ConfirmWritten("summary", 0, "r" * 999))
    assert isinstance(written, CrmWritten)
    assert len(written.remote_id) == 120
    assert story.ask(SYSTEM, c.HearNews("shop", NEWS.model_copy(update={"text": "t" * 9_999, "ref": "r" * 999})))


# --- what the CRM tells ---------------------------------------------------------------------------------------


def test_a_customer_who_proved_who_they_are_hears_of_their_parcel() -> None:
    story = Story()
    story.arrives(account("wang"))
    assert story.ask(SYSTEM, c.HearNews("shop", NEWS)) == [
        CrmNewsTold(kind="shipment", crm="shop", ref="A-1", status="delivered", text="已签收")
    ]


def test_of_a_ticket_they_hear_the_status_and_never_what_was_written_in_it() -> None:
    story = Story()
    story.arrives(account("wang"))
    told = story.ask(SYSTEM, c.HearNews("shop", NEWS.model_copy(update={"kind": "ticket", "text": "a liar"})))
    assert told == [CrmNewsTold(kind="ticket", crm="shop", ref="A-1", status="delivered")]


@pytest.mark.parametrize("proof", [Proof.CLAIM, Proof.AGENT_WORD])
def test_whoever_has_not_proven_it_hears_nothing_and_staff_hear_it_all(proof: Proof) -> None:
    story = Story()
    story.arrives(email("wang@example.com", proof))
    [told] = story.ask(SYSTEM, c.HearNews("shop", NEWS))
    assert told == CrmNoticed(kind="shipment", crm="shop", ref="A-1", status="delivered", text="已签收")
