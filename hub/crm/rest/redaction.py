"""Error messages of a CRM without people's words: they go to logs, dead letters and screens of operators."""

import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

MOST = 200  # characters of a CRM's message that are kept
_ADDRESS: Final = re.compile(r"[^\s'\"<>(),;]+@[^\s'\"<>(),;]+")
_NUMBER: Final = re.compile(r"\+?\d[\d\s().-]{5,}\d")


def redacted(message: str, sent: Mapping[str, Any]) -> str:
    """`message` without e-mail addresses, long numbers and the values that were `sent`."""
    for value in sorted(set(_values(sent)), key=len, reverse=True):
        message = message.replace(value, "…")
    message = _NUMBER.sub("…", _ADDRESS.sub("…", message))
    return " ".join(message.split())[:MOST]


def _values(sent: Any) -> Iterator[str]:
    if isinstance(sent, str):
        if len(sent) >= 3:
            yield sent
    elif isinstance(sent, Mapping):
        for value in sent.values():
            yield from _values(value)
    elif isinstance(sent, list | tuple):
        for value in sent:
            yield from _values(value)


def seconds_until(date: str, now: str) -> float | None:
    """From an HTTP date to another one; None when one of them can't be read."""
    try:
        return max(0.0, (parsedate_to_datetime(date) - parsedate_to_datetime(now)).total_seconds())
    except (TypeError, ValueError):
        return None
