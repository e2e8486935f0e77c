"""Which language a customer writes in: by script, and for the rest by what they wrote before."""

from collections.abc import Iterable

_SCRIPTS = (
    ("ja", "\u3040", "\u30ff"),
    ("ko", "\uac00", "\ud7af"),
    ("ru", "\u0400", "\u04ff"),
    ("ar", "\u0600", "\u06ff"),
    ("he", "\u0590", "\u05ff"),
    ("th", "\u0e00", "\u0e7f"),
    ("el", "\u0370", "\u03ff"),
    ("hi", "\u0900", "\u097f"),
)
_SURE_WORDS = 2


def written_in(text: str) -> str:
    """`zh`, `en`, another script's language, or "" when a text does not tell (digits, emoji, one odd word)."""
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    other = _other_script(text)
    if other and (other == "ja" or not han):
        return other
    words = [w for w in _latin_words(text) if len(w) > 1]
    if han:
        # A product name or two does not make a Chinese sentence English, nor one Han name an English one Chinese.
        return "zh" if han * 2 >= len(words) else "en"
    return "en" if len(words) >= _SURE_WORDS else ""


def _other_script(text: str) -> str:
    counts = {code: sum(low <= c <= high for c in text) for code, low, high in _SCRIPTS}
    code = max(counts, key=lambda c: counts[c])
    return code if counts[code] >= 2 else ""


def _latin_words(text: str) -> list[str]:
    kept = "".join(c if c.isascii() and c.isalpha() else " " for c in text.lower().replace("'", ""))
    return kept.split()


def conversation_language(lines: Iterable[str], locale: str) -> str:
    """The language to answer in: of the newest line that tells, else of the page."""
    return next((told for line in lines if (told := written_in(line))), locale.lower()[:2] or "en")
