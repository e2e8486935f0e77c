"""Order numbers, tracking numbers, phones and e-mail addresses in a customer's words, found by scanning once.

`entities` gives (kind, value) pairs in order of appearance; `masked` puts <order>, <phone> ... in their place, so
that the classifier learns "订单<order>到哪了" and not somebody's digits.
"""

from hub.model.frozen import frozen

_PHONE_GLUE = " -().·"
_EMAIL_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._%+-")
_TRACKING_WORDS = ("运单", "快递单", "物流单", "tracking", "waybill", "parcel number")
_LOOK_BACK = 14


@frozen
class Entity:
    """`value` is normalised: digits only for numbers, a leading + kept for phones, upper case for tracking."""

    kind: str
    value: str
    start: int
    end: int


def find_entities(folded: str) -> tuple[Entity, ...]:
    """All entities in `plain` text, left to right, none overlapping."""
    found: list[Entity] = []
    at = 0
    while at < len(folded):
        entity = _at(folded, at)
        if entity is None:
            at = _next_start(folded, at)
            continue
        found.append(entity)
        at = entity.end
    return tuple(found)


def masked(folded: str, found: tuple[Entity, ...]) -> str:
    """`folded` with each entity replaced by its kind in angle brackets."""
    parts: list[str] = []
    last = 0
    for e in found:
        parts += [folded[last : e.start], f"<{e.kind}>"]
        last = e.end
    return "".join([*parts, folded[last:]])


def _next_start(text: str, at: int) -> int:
    """The next place where an entity may begin: never inside a run of letters and digits."""
    if not _ascii_alnum(text[at]):
        return at + 1
    return _run_end(text, at)


def _at(text: str, at: int) -> Entity | None:
    if not (_ascii_alnum(text[at]) or text[at] == "+"):
        return None
    return _email(text, at) or _phone(text, at) or _number(text, at)


def _ascii_alnum(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _run_end(text: str, at: int) -> int:
    while at < len(text) and _ascii_alnum(text[at]):
        at += 1
    return at


def _email(text: str, at: int) -> Entity | None:
    end = at
    # 64: the longest local part that mail allows; it also keeps this scan short on pages of dots.
    while end < len(text) and end - at <= 64 and text[end] in _EMAIL_CHARS:
        end += 1
    if end == at or end >= len(text) or text[end] != "@":
        return None
    stop = end + 1
    while stop < len(text) and stop - end < 255 and (_ascii_alnum(text[stop]) or text[stop] in ".-"):
        stop += 1
    domain = text[end + 1 : stop].rstrip(".-")
    stop = end + 1 + len(domain)
    if "." not in domain or domain.startswith("."):
        return None
    return Entity("email", text[at:stop], at, stop)


def _phone(text: str, at: int) -> Entity | None:
    plus = text[at] == "+"
    digits, end, glued = _digits(text, at + plus)
    if end < len(text) and _ascii_alnum(text[end]):
        return None
    if not _phone_like(digits, plus, glued):
        return None
    return Entity("phone", ("+" if plus else "") + digits, at, end)


def _digits(text: str, at: int) -> tuple[str, int, bool]:
    """Digits from `at` on, over single separators; where they end; whether there were separators."""
    digits: list[str] = []
    end = at
    gap = 0
    for i in range(at, min(len(text), at + 26)):
        if text[i].isdecimal() and text[i].isascii():
            digits.append(text[i])
            end, gap = i + 1, 0
        elif text[i] in _PHONE_GLUE and gap < 2:
            gap += 1
        else:
            break
    return "".join(digits), end, end - at > len(digits)


def _phone_like(digits: str, plus: bool, glued: bool) -> bool:
    if plus:
        return 8 <= len(digits) <= 15
    if len(digits) == 11 and digits[0] == "1":
        return digits[1] in "3456789"
    if len(digits) == 13 and digits.startswith("861"):
        return digits[3] in "3456789"
    return digits.startswith("0") and (9 if glued else 10) <= len(digits) <= 12


def _number(text: str, at: int) -> Entity | None:
    end = _run_end(text, at)
    run = text[at:end]
    digits = sum(c.isdecimal() for c in run)
    if run.isdecimal():
        if not 10 <= len(run) <= 22:
            return None
        near = text[max(0, at - _LOOK_BACK) : at]
        kind = "tracking" if any(w in near for w in _TRACKING_WORDS) else "order"
        return Entity(kind, run, at, end)
    if 9 <= len(run) <= 24 and digits >= 7 and len(run) - digits <= 6:
        return Entity("tracking", run.upper(), at, end)
    return _dashed(text, at, end)


def _dashed(text: str, at: int, end: int) -> Entity | None:
    """Numbers like so-10023 or t10023: a few letters, perhaps a dash, four to nine digits."""
    letters = text[at:end].rstrip("0123456789")
    if not 1 <= len(letters) <= 4 or not letters.isalpha():
        return None
    stop = end
    if letters == text[at:end]:
        if text[end : end + 1] != "-":
            return None
        stop = _run_end(text, end + 1)
    digits = text[at + len(letters) : stop].lstrip("-")
    if not (digits.isdecimal() and 4 <= len(digits) <= 9):
        return None
    return Entity("ticket" if letters in ("t", "tk", "r", "case") else "order", text[at:stop].upper(), at, stop)
