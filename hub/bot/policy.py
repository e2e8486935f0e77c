"""The bot's rules as numbers: when it is sure, when it hands over, what the shop allows."""

from dataclasses import dataclass

MATTERS = frozenset(
    {"order_status", "logistics", "points", "return_exchange", "refund_status", "repair", "ticket_status"}
    | {"invoice", "opening_hours", "call_me", "leave_message", "cancel_order", "change_address"}
)
"""Intents that are a matter of their own: they may interrupt a question of the bot's, and be guessed at."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Probabilities and scores are 0..1, measured on the held-out sets of tests/bot; days count from delivery."""

    sure: float = 0.45
    switch: float = 0.75
    """How sure a new subject must be to interrupt the answer to a question that the bot asked."""
    complaint: float = 0.6
    wants_person: float = 0.8
    known_subject: float = 0.2
    """The least retrieval score when the classifier says that it is a question about products or policies."""
    unknown_subject: float = 0.45
    """The least retrieval score when only the knowledge base recognises the question."""
    same_question: float = 0.6
    repeats: int = 2
    falling_to: float = -0.3
    falling_by: float = 0.4
    upset: float = -0.3
    vip_tiers: frozenset[str] = frozenset({"platinum"})
    vip_intents: frozenset[str] = frozenset({"return_exchange", "refund_status", "repair", "not_helped"})
    unwanted_days: int = 7
    faulty_days: int = 15
