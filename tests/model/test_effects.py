"""What must leave the hub because of an event: each effect has one id, whoever decides it and however often."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from hub.model import commands as c
from hub.model.call_events import CallUnderstood
from hub.model.conversation import Conversation, apply
from hub.model.crm import TicketDraft
from hub.model.decide.identities import taking_in
from hub.model.effects import Job, jobs, to_react
from hub.model.events import ConversationReopened, ConversationResolved, Logged, SessionOpened, TicketRequested
from hub.model.party import BOT, SYSTEM
from tests.model.bodies import entries, events_of
from tests.model.story import LI, MINUTE, Story, held_by, text

EVENTS_WITH_JOBS = (CallUnderstood, ConversationResolved, TicketRequested, SessionOpened, ConversationReopened)


def jobs_of(story: Story) -> list[Job]:
    """All jobs of a story, as the hub finds them: each entry with the state before it."""
    it, found = Conversation(story.it.id, epoch="e1"), []
    for entry in story.log:
        found += jobs(entry, it)
        it = apply(it, entry)
    return found


def sessions_of(story: Story) -> list[Job]:
    """Of those, what was said in each."""
    return [job for job in jobs_of(story) if job.kind == "crm.session"]


def test_a_session_that_ends_is_written_to_the_crm_from_its_first_entry_to_its_last() -> None:
    story = Story().served().resolved()
    ended = next(e for e in story.log if e.event.type == "conversation.resolved")
    span = {"session": 1, "from": 1, "to": ended.seq, "parts": []}
    assert jobs_of(story) == [
        Job(f"session:wang:1:{ended.id}", "crm.session", "crm:wang", span),
        Job(f"insights:wang:1:{ended.id}", "crm.insights", "crm:wang", span),
    ]


def test_what_it_brought_along_from_another_log_is_written_with_it() -> None:
    guest, story = Story("guest").queued(), Story()
    guest.ask(SYSTEM, c.MergeInto("wang", ()))
    story.ask(SYSTEM, taking_in(guest.it))
    story.ask(LI, c.Assign(held_by(LI)))
    [job] = sessions_of(story.resolved())
    assert job.payload["parts"] == [{"source": "guest", "first": 1, "last": guest.it.seq}]


def test_each_session_is_written_with_its_own_span() -> None:
    story = Story().served().resolved()
    story.later(MINUTE).served().resolved()
    first, second = sessions_of(story)
    assert second.payload["session"] == 2
    assert first.payload["to"] < second.payload["from"] == story.it.desk.session_from


def test_a_reopened_session_is_written_again_when_it_ends_again_and_whole() -> None:
    story = Story().served().resolved()
    story.ask(LI, c.Reopen())
    story.says("one more thing")
    story.resolved()
    first, second = sessions_of(story)
    assert first.id != second.id, "or the CRM would take it for a repetition"
    assert second.payload["from"] == first.payload["from"]
    assert second.payload["to"] > first.payload["to"]


def test_what_stands_in_the_place_of_something_that_was_lost_is_another_effect() -> None:
    """A restore, or a store that crashed, takes back the end of a log. The CRM has what left the hub because of it."""
    before, after = Story().served(), Story().served()
    after._asked += 1  # another command
    [lost], [made] = sessions_of(before.resolved()), sessions_of(after.resolved())
    assert lost.payload["to"] == made.payload["to"]
    assert lost.id != made.id


def test_a_ticket_leaves_with_its_draft() -> None:
    story = Story()
    story.writes()
    draft = TicketDraft(subject="Kettle leaks", priority="high")
    story.ask(BOT, c.BotTurn(1, 3, (text("I opened a ticket."),), ticket=draft))
    [job] = jobs_of(story)
    assert (job.id, job.kind, job.lane) == (f"ticket:wang:{story.log[-1].id}", "crm.ticket", "crm:wang")
    assert TicketDraft.model_validate(job.payload["draft"]) == draft


@pytest.mark.parametrize(
    ("kind", "confirmed", "count"), [("callback", True, 1), ("callback", False, 0), ("yes", True, 0)]
)
def test_who_wants_to_be_called_back_is_a_to_do(kind: str, confirmed: bool, count: int) -> None:
    told = CallUnderstood.model_validate({"call": "K1", "kind": kind, "confirmed": confirmed})
    caused = jobs(Logged("wang", 7, 1_000, BOT, "c7", "", told), Conversation("wang"))
    assert [(job.id, job.payload) for job in caused] == [("callback:wang:c7", {"at": 1_000})] * count


@settings(max_examples=25)
@given(st.lists(entries(st.one_of(map(events_of, EVENTS_WITH_JOBS))), max_size=5))
def test_every_job_has_an_id_of_its_own_and_can_be_stored(log: list[Logged]) -> None:
    it, found = Conversation("wang"), []
    for seq, entry in enumerate(log, 1):
        placed = Logged("wang", seq, entry.at, entry.by, f"{entry.id}{seq}", entry.channel, entry.event)
        caused = jobs(placed, it)
        assert caused == jobs(placed, it)
        found += caused
        it = apply(it, placed)
    assert len({job.id for job in found}) == len(found)
    assert {job.lane for job in found} <= {"crm:wang"}, "one lane for each customer keeps the log's order"
    for job in found:
        assert json.loads(to_json(job.payload)) == job.payload


def reacted_to(story: Story) -> list[str]:
    """The types that a worker has to look at, in order."""
    it, found = Conversation(story.it.id, epoch="e1"), []
    for entry in story.log:
        if to_react(entry, it):
            found.append(entry.event.type)
        it = apply(it, entry)
    return found


def test_a_worker_looks_at_what_is_asked_of_the_bot_and_not_at_what_people_say_to_each_other() -> None:
    story = Story()
    story.writes("hello")
    assert reacted_to(story) == ["owner.changed", "message.created"]
    story.served()
    before = reacted_to(story)
    story.writes("are you a person?")
    story.says("I am")
    story.ask(LI, c.AddTag("curious"))
    assert reacted_to(story) == before
    assert before.count("message.created") == 2
