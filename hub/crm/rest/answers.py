"""What an answer of the CRM means: fine, not there, there already, later, never, or signed out."""

import json
from collections.abc import Mapping
from typing import Any, Final

from hub.crm.rest import redaction
from hub.crm.rest.expressions import Expression, ExpressionFailed
from hub.crm.rest.format_requests import Answers
from hub.crm.rest.values import BadValue, text
from hub.model.errors import CrmRefused, CrmUnavailable, NotFound
from hub.model.frozen import frozen

LATER: Final = {408, 425, 429, 502, 503, 504}


class Unsent(CrmUnavailable):
    """Nothing was written, for sure: it never arrived, or was turned away unread."""


class Busy(Unsent):
    """Turned away because of too many requests: no failure of the CRM's."""


class SessionLost(CrmUnavailable):
    """The CRM does not know our session or token any more."""


class Exists(CrmRefused):
    """What was to be made is there already."""


@frozen
class Answer:
    """One answer: header names are lower-case; `body` is None when it is no JSON (or null)."""

    status: int
    headers: dict[str, str]
    body: Any
    text: str
    is_json: bool

    @classmethod
    def read(cls, status: int, headers: Mapping[str, str], content: bytes, charset: str | None) -> "Answer":
        words = _decoded(content, charset)
        body, is_json = _parsed(words)
        return cls(status, {name.lower(): value for name, value in headers.items()}, body, words, is_json)

    @property
    def names(self) -> dict[str, Any]:
        """The $variables of expressions on it."""
        return {"status": self.status, "headers": self.headers, "text": self.text[:20_000], "answer": self.body}


def _decoded(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "utf-8", errors="replace").removeprefix("\ufeff")
    except LookupError:  # a charset that nobody knows
        return content.decode("utf-8", errors="replace")


def _parsed(words: str) -> tuple[Any, bool]:
    if not words.strip():
        return None, True
    try:
        return json.loads(words), True
    except (ValueError, RecursionError):
        return None, False


class Judge:
    """Applies what the file says about answers: an operation's own rules first, then those for all."""

    def __init__(self, every: Answers, lost_when: Expression | None) -> None:
        self._every = every
        self._lost_when = lost_when

    def judge(self, operation: str, answer: Answer, own: Answers, sent: Mapping[str, Any]) -> None:
        """Returns when the answer is fine. `sent`: what was asked with, which no error message may repeat.

        Raises SessionLost, NotFound, Exists, CrmRefused, Busy or CrmUnavailable.
        """
        if self._says("lost", answer, own) or answer.status == 401:
            raise SessionLost(f"{operation}: the CRM does not accept the hub's sign-in")
        why = f"{operation}: {self._words(answer, own, sent)}"
        if self._says("not_found_when", answer, own) or answer.status in (404, 410):
            raise NotFound(why)
        if self._says("exists_when", answer, own) or answer.status == 409:
            raise Exists(why)
        if self._says("refused_when", answer, own):
            raise CrmRefused(why)
        if answer.status == 429:
            raise Busy(why, retry_after=retry_after(answer))
        if self._says("retry_when", answer, own) or answer.status in LATER:
            raise CrmUnavailable(why, retry_after=retry_after(answer))
        self._failed(answer, own, why)

    def _failed(self, answer: Answer, own: Answers, why: str) -> None:
        if self._says("error_when", answer, own):
            raise CrmUnavailable(why) if answer.status >= 500 else CrmRefused(why)
        if answer.status >= 500:
            raise CrmUnavailable(why)
        if answer.status >= 300:
            raise CrmRefused(why)
        if not answer.is_json:
            raise CrmUnavailable(f"{why}, but no JSON: {_beginning(answer)}")

    def _says(self, rule: str, answer: Answer, own: Answers) -> bool:
        rules = [self._lost_when] if rule == "lost" else [getattr(own, rule), getattr(self._every, rule)]
        return any(it.holds(answer.body, answer.names) for it in rules if it is not None)

    def _words(self, answer: Answer, own: Answers, sent: Mapping[str, Any]) -> str:
        """The status, and the CRM's own words without anything of a person's."""
        said = ""
        for rule in (own.error_text, self._every.error_text):
            if rule is not None and not said:
                try:
                    said = text(rule.on(answer.body, answer.names))
                except (ExpressionFailed, BadValue):
                    said = ""
        if 300 <= answer.status < 400:
            said = f"sends us elsewhere ({answer.headers.get('location', '')[:120]}): is base_url right?"
        words = redaction.redacted(said, sent).strip(" :")
        return f"HTTP {answer.status}" + (f" {words}" if words else "")


def retry_after(answer: Answer) -> float | None:
    """Seconds, from Retry-After in either of its forms."""
    given = answer.headers.get("retry-after", "").strip()
    if given.isdigit():
        return float(given)
    return redaction.seconds_until(given, answer.headers.get("date", "")) if given else None


def _beginning(answer: Answer) -> str:
    return "a web page" if answer.text.lstrip()[:1] == "<" else "some text"
