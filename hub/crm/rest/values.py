"""A CRM's values -> ours, and back: times, amounts, yes and no, words; and the functions that expressions have."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.crm.findings import Findings
from hub.crm.rest import markup
from hub.crm.rest.expressions import Expression, ExpressionFailed
from hub.crm.rest.format import Types, ValueMap
from hub.crm.rest.marks import unmarked
from hub.model import phones

SECONDS_BELOW = 100_000_000_000  # a number below is seconds since 1970, one above milliseconds
YEAR_10000_MS = 253_402_300_800_000
DIGITS_BELOW = 20  # as many make no time, however it is counted
TRUE: Final = {"1", "true", "yes", "on", "y", "t"}
FALSE: Final = {"0", "false", "no", "off", "n", "f", ""}


class BadValue(ValueError):
    """It is not of the kind that the field needs: a code of hub/model/drift.py, never the value."""


def text(value: Any) -> str:
    """As one trimmed text, without the mark of ours that may stand in it."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        raise BadValue("no_text")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    word = unmarked(str(value)).strip()
    # A CRM that cuts texts cuts emoji, too: half of one is no text that could be kept or sent.
    return word if word.isascii() else word.encode(errors="replace").decode()


def texts(value: Any) -> tuple[str, ...]:
    """One or several, without blanks and repetitions."""
    given = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(one for one in map(text, given) if one))


def whole(value: Any) -> int:
    try:
        return int(Decimal(text(value) or "0"))
    except (InvalidOperation, OverflowError, ValueError):
        raise BadValue("no_number") from None


def amount(value: Any) -> str:
    """A decimal string with two places, or more where they say something; "" for nothing."""
    word = text(value)
    try:
        given = Decimal(word) if word else None
        if given is None:
            return ""
        short = given.quantize(Decimal("0.01")) if given.is_finite() else _no_amount()
    except InvalidOperation:
        raise BadValue("no_amount") from None
    return format(short if short == given else given.normalize(), "f")


def _no_amount() -> Decimal:
    raise BadValue("no_amount")


def yes(value: Any) -> bool:
    word = text(value).lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise BadValue("no_yes_or_no")


class Times:
    """Times of one connection: those without an offset are in its time zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def instant(self, value: Any) -> int:
        """Epoch ms, from a number (seconds or ms) or ISO 8601. Nothing, and the zero date of MySQL, are 0."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _whole_ms(value * 1000 if abs(value) < SECONDS_BELOW else value)
        word = text(value)
        if not word or word.startswith("0000-00-00"):
            return 0
        if word.isdecimal() and len(word) >= 10:
            return self.instant(int(word)) if len(word) < DIGITS_BELOW else _no_time()
        try:
            at = datetime.fromisoformat(word.replace(" UTC", "+00:00"))
        except ValueError:
            raise BadValue("no_time") from None
        return int((at if at.tzinfo else at.replace(tzinfo=self._zone)).timestamp() * 1000)

    def read(self, value: Any, pattern: str) -> int | None:
        """Epoch ms of what is written as `pattern` says; None for nothing. Raises ExpressionFailed."""
        word = text(value)
        if not word:
            return None
        try:
            at = datetime.strptime(word, pattern)
        except ValueError:
            raise ExpressionFailed(f"no time that is written {pattern}") from None
        return int((at if at.tzinfo else at.replace(tzinfo=self._zone)).timestamp() * 1000)

    def local(self, at: Any, pattern: str) -> str | None:
        return _written(at, pattern, self._zone)

    def utc(self, at: Any, pattern: str) -> str | None:
        return _written(at, pattern, UTC)


def _whole_ms(value: float) -> int:
    # Also what JSON's neighbours call Infinity and NaN, of which nothing is true.
    return int(value) if abs(value) < YEAR_10000_MS else _no_time()


def _no_time() -> int:
    raise BadValue("no_time")


def _written(at: Any, pattern: str, zone: Any) -> str | None:
    return datetime.fromtimestamp(float(at) / 1000, zone).strftime(pattern) if at else None


class Words:
    """The file's value maps, both ways. What is not listed becomes the default, and is reported."""

    def __init__(self, maps: Mapping[str, ValueMap], findings: Findings) -> None:
        self._maps = maps
        self._findings = findings

    def to_hub(self, operation: str, name: str, value: Any) -> str:
        it, word = self._maps[name], text(value)
        if word in it.to_hub:
            return it.to_hub[word]
        if not word and operation == "news":
            return ""  # a hook that says no status has none to tell: the default would be said to the customer
        if word:
            self._findings.unmapped(operation, name, word[:80])
        return it.default or ""

    def to_crm(self, operation: str, name: str, value: Any) -> Any:
        """Nothing for nothing: the key is left out."""
        it, word = self._maps[name], text(value)
        if not word:
            return None
        if word in it.to_crm:
            return it.to_crm[word]
        back = next((theirs for theirs, ours in it.to_hub.items() if ours == word), None)
        if back is None:
            self._findings.unmapped(operation, name, word[:80])
            return it.crm_default
        return back


class Functions:
    """The functions that expressions have beside JSONata's own."""

    def __init__(self, words: Words, times: Times, region: str) -> None:
        self._words = words
        self._times = times
        self._region = region

    def of(self, operation: str) -> dict[str, Callable[..., Any]]:
        """`operation` is named when a value is not mapped."""
        return {
            "to_hub": lambda name=None, value=None: self._words.to_hub(operation, str(name), value),
            "to_crm": lambda name=None, value=None: self._words.to_crm(operation, str(name), value),
            "time": lambda value=None, pattern="%Y-%m-%d %H:%M:%S": self._times.read(value, pattern),
            "local": lambda at=None, pattern="%Y-%m-%d %H:%M:%S": self._times.local(at, pattern),
            "utc": lambda at=None, pattern="%Y-%m-%d %H:%M:%S": self._times.utc(at, pattern),
            "iso": lambda at=None: self._times.utc(at, "%Y-%m-%dT%H:%M:%SZ"),
            "seconds": lambda at=None: int(at) // 1000 if at else None,
            "digits": lambda value=None: "".join(filter(str.isdecimal, text(value))) or None,
            "e164": lambda value=None: phones.e164(text(value), self._region) or None,
            "html": lambda value=None: markup.escaped(text(value)) or None,
            "plain": lambda value=None: markup.plain(text(value)) or None,
        }


def decoded(value: Any, types: Types | None) -> Any:
    """An answer with its typed objects made plain (`types` of the file). Of an unknown type, it stays an object."""
    if types is None:
        return value
    if isinstance(value, list):
        return [decoded(one, types) for one in value]
    if not isinstance(value, dict):
        return value
    rule: Expression | None = types.decode.get(str(value.get(types.key, "")))
    if rule is not None:
        return rule.on(value)
    return {key: decoded(one, types) for key, one in value.items()}
