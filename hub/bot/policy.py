"""The bot's rules as numbers: when it is sure, when it hands over, what the shop allows."""

from hub.model.frozen import frozen

MATTERS = frozenset(
    {"order_status", "logistics", "points", "return_exchange", "refund_status", "repair", "ticket_status"}
    | {"invoice", "opening_hours", "call_me", "leave_message", "cancel_order", "change_address"}
)
"""Intents that are a matter of their own: they may interrupt a question of the bot's, and be guessed at."""

SUBJECTS = frozenset({"faq", "product_help", "buying"})
"""Intents that the knowledge base answers."""

ASIDES = frozenset({"faq", "who_are_you", "thanks_bye"})
"""What may interrupt as well, but is never guessed at."""


@frozen
class Policy:
    """Probabilities and scores are 0..1, measured on the held-out sets of tests/bot; days count from delivery."""

    sure: float = 0.45
    switch: float = 0.75
    """How sure a new subject must be to interrupt the answer to a question that the bot asked."""
    complaint: float = 0.7
    wants_person: float = 0.6
    product_named: float = 0.2
    """From this probability on, a text that names a product is a question about it."""
    named_score: float = 0.2
    """The least retrieval score for a question that names a product,"""
    aside_score: float = 0.55
    """and for an article shown beside the matter."""
    guess_score: float = 0.15
    """From this retrieval score on, a section is worth guessing at when the bot says that it is not sure."""
    zh_score: tuple[float, float] = (0.36, 0.2)
    en_score: tuple[float, float] = (0.55, 0.3)
    """Else it is a - b * p, with p the probability that it is a question for the knowledge base at all: what the
    classifier is sure of needs little evidence, a chance hit much. Measured by tests/bot/test_measures.py."""
    same_question: float = 0.6
    same_intent: float = 0.4
    """How alike two questions are to be the same, and how alike when they have the same intent."""
    repeats: int = 2
    falling_to: float = -0.3
    falling_by: float = 0.4
    upset: float = -0.3
    vip_tiers: frozenset[str] = frozenset({"platinum"})
    vip_intents: frozenset[str] = frozenset({"return_exchange", "refund_status", "repair", "not_helped"})
    unwanted_days: int = 7
    faulty_days: int = 15
