"""The catalogue of events: who may see which. A new event fails here until somebody has decided that."""

import pytest
from pydantic import ValidationError

from hub.model.events import Audience, HandoffBriefed, Insight, OwnerChanged, visible
from tests.model.bodies import EVENTS
from tests.model.story import queue

# What a customer's page, mail and export may show. Everything else is for staff.
SHOWN_TO_CUSTOMERS = {
    "conversation.started",
    "session.opened",
    "owner.changed",
    "conversation.resolved",
    "conversation.reopened",
    "message.created",
    "message.delivered",
    "message.read",
    "csat.rated",
    "customer.merged",
    "customer.absorbed",
    "customer.unmerged",
    "handoff.requested",
    "ticket.opened",
    "ticket.changed",
    "crm.news",
    "call.requested",
    "call.accepted",
    "call.declined",
    "call.cancelled",
    "call.missed",
    "call.joined",
    "call.unanswered",
    "call.said",
    "call.left",
    "call.switched",
    "call.upgraded",
    "call.ended",
    "call.announced",
    "consent.requested",
    "consent.granted",
    "consent.refused",
    "consent.withdrawn",
    "recording.started",
    "recording.stopped",
}


def test_customers_see_exactly_what_was_decided_that_they_may() -> None:
    assert {name for name, kind in EVENTS.items() if visible(kind.audience, staff=False)} == SHOWN_TO_CUSTOMERS


def test_staff_see_everything() -> None:
    assert all(visible(kind.audience, staff=True) for kind in EVENTS.values())


def test_an_audience_that_is_not_everyone_is_not_for_customers() -> None:
    assert [a for a in Audience if visible(a, staff=False)] == [Audience.EVERYONE]


@pytest.mark.parametrize("name", EVENTS)
def test_a_wire_type_is_a_noun_and_what_happened_to_it(name: str) -> None:
    noun, _, happened = name.partition(".")
    assert noun.isalpha()
    assert happened.isalpha()
    assert EVENTS[name].type == name


@pytest.mark.parametrize("number", [-1, 2**53, float("nan")])
def test_poisoned_numbers_are_no_events(number: float) -> None:
    with pytest.raises(ValidationError):
        OwnerChanged(owner=queue(), tenure=number, reason="asked")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_mood_that_json_can_not_say_is_no_insight(number: float) -> None:
    """It was written as null, and the whole brief could not be read again: the agent got the customer without it."""
    with pytest.raises(ValidationError):
        Insight(sentiment=number)
    with pytest.raises(ValidationError):
        HandoffBriefed(reason="asked", sentiment=number)
