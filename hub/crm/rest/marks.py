"""Marks: what stands in the CRM's own record, so that a write of ours is found again."""

import hashlib
import re
from typing import Any, Final

# With the brackets around it, and the #word before it, that a mapping may have put there.
_MARK: Final = re.compile(r"\s*(?:#\w+[ ])?\[?\bot[0-9a-f]{18}\b\]?")


def mark(marker: str) -> str:
    """A marker as one word of 20 letters and digits, which each query language and each search carries."""
    return "ot" + hashlib.sha256(marker.encode()).hexdigest()[:18]


def unmarked(text: str) -> str:
    """`text` without marks: people did not write them."""
    return _MARK.sub("", text) if "ot" in text else text


def bears(value: Any, mark: str) -> bool:
    """Does `mark` stand in this text, or in one of these?"""
    if isinstance(value, list):
        return any(bears(one, mark) for one in value)
    return isinstance(value, str) and mark in value


def marks_in(value: Any) -> list[str]:
    """All marks in a text."""
    return re.findall(r"\bot[0-9a-f]{18}\b", value) if isinstance(value, str) else []
