"""Whose a conversation is: the owner, and why it changed hands."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from hub.model.party import Name, Value


class OwnerKind(StrEnum):
    NONE = "none"
    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"


class Owner(Value):
    """`id` is the agent's id or the queue's team ("" = any)."""

    kind: OwnerKind
    id: Annotated[str, Field(max_length=64)] = ""
    name: Name = ""


NOBODY = Owner(kind=OwnerKind.NONE)

# Why the bot hands over, for staff (handoff.briefed).
HandoffReason = Literal[
    "asked",  # the customer asked for a person
    "complaint",
    "unsure",
    "repeated",
    "sentiment",
    "bot_failed",
    "policy",
    "priority",  # tier or urgency, by rule
]

# Customers read these. What the bot thinks of them is not among them.
OwnerReason = Literal[
    "new_session",  # a message opened a session: the bot has it
    "asked",  # the customer asked for a person
    "handed_over",  # the bot decided so, for a reason that staff see
    "bot_failed",
    "accepted",  # an agent accepted a reservation
    "taken",  # an agent took it without being asked
    "assigned",  # a supervisor or colleague gave it to someone
    "transferred",
    "customer_cancelled",
    "agent_unreachable",  # the agent's presence lease ran out
    "agent_left",  # the agent signed out
    "returned_to_bot",
    "resolved",
    "idle",  # nobody wrote for long
    "reopened",
    "merged",
]
