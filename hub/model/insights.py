"""What the bot noticed in the messages of a session, as one."""

from collections.abc import Sequence
from typing import Final

from hub.model.crm import SessionInsight
from hub.model.events import Insight

# Intents that say nothing of the matter: how people begin, end and go on.
QUIET: Final = frozenset({"greet", "ack", "thanks_bye", "who_are_you", "speak_to_person", "not_helped"})
_VAGUE: Final = QUIET | {"", "other"}
_URGENCY: Final = ("low", "normal", "high")


def of_session(noticed: Sequence[Insight]) -> SessionInsight | None:
    """The insights of a session, in their order, as one. None: nothing was noticed."""
    if not noticed:
        return None
    matters = list(dict.fromkeys(it.intent for it in reversed(noticed) if it.intent not in _VAGUE))[::-1]
    return SessionInsight(
        intent=matters[-1] if matters else "",
        intents=tuple(matters),
        sentiment=round(noticed[-1].sentiment, 2),
        urgency=max((it.urgency for it in noticed), key=_URGENCY.index),
        language=next((it.language for it in reversed(noticed) if it.language), ""),
    )
