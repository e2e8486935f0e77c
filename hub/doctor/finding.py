"""One thing that the doctor found, in English and in Chinese, and how the list of them is shown."""

from collections.abc import Mapping, Sequence
from enum import Enum
from textwrap import wrap
from typing import Literal, NamedTuple

Language = Literal["en", "zh-CN"]

_WIDTH = 100  # columns
_PLAIN = "\x1b[0m"


class Level(Enum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Words(NamedTuple):
    en: str
    zh: str

    def in_(self, language: Language) -> str:
        return self.zh if language == "zh-CN" else self.en


# Four columns each, in both languages.
_MARKS = {Level.OK: Words("  ok", "正常"), Level.WARN: Words("warn", "注意"), Level.FAIL: Words("fail", "故障")}
_COLOURS = {Level.OK: "\x1b[32m", Level.WARN: "\x1b[33m", Level.FAIL: "\x1b[1;31m"}


class Finding(NamedTuple):
    level: Level
    what: Words
    mend: Words | None = None


def command(line: str) -> tuple[str, str]:
    """What to type is the same in every language."""
    return line, line


def ok(en: str, zh: str) -> Finding:
    return Finding(Level.OK, Words(en, zh))


def warn(what: tuple[str, str], mend: tuple[str, str]) -> Finding:
    return Finding(Level.WARN, Words(*what), Words(*mend))


def fail(what: tuple[str, str], mend: tuple[str, str]) -> Finding:
    return Finding(Level.FAIL, Words(*what), Words(*mend))


def exit_code(findings: Sequence[Finding]) -> int:
    """1 when anything fails, else 0: a warning is no reason to stop a deployment."""
    return int(any(finding.level is Level.FAIL for finding in findings))


def language_of(environment: Mapping[str, str]) -> Language:
    """What the terminal speaks, by POSIX: LC_ALL before LC_MESSAGES before LANG."""
    chosen = next((environment[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(n)), "")
    return "zh-CN" if chosen.lower().startswith("zh") else "en"


def render(findings: Sequence[Finding], language: Language = "en", *, colour: bool = False) -> str:
    """The whole report, ending in one line that sums it up."""
    lines = [line for finding in findings for line in _shown(finding, language, colour)]
    return "\n".join([*lines, "", _sum(findings).in_(language), ""])


def _shown(finding: Finding, language: Language, colour: bool) -> list[str]:
    mark = _MARKS[finding.level].in_(language)
    if colour:
        mark = f"{_COLOURS[finding.level]}{mark}{_PLAIN}"
    lines = [f"{mark}  {line}" if n == 0 else f"      {line}" for n, line in enumerate(_lines(finding.what, language))]
    if finding.mend:
        mend = _lines(finding.mend, language)
        lines += [f"      {'->' if n == 0 else '  '} {line}" for n, line in enumerate(mend)]
    return lines


def _lines(words: Words, language: Language) -> list[str]:
    """Chinese has no spaces to break at, so the terminal does that."""
    if language == "zh-CN":
        return [words.zh]
    return wrap(words.en, _WIDTH - 9, break_long_words=False, break_on_hyphens=False)


def _sum(findings: Sequence[Finding]) -> Words:
    bad = sum(finding.level is Level.FAIL for finding in findings)
    so_so = sum(finding.level is Level.WARN for finding in findings)
    if bad:
        better = f", {so_so} could be better" if so_so else ""
        also = f"，另有 {so_so} 处可以更好" if so_so else ""
        return Words(f"{bad} to mend{better}.", f"有 {bad} 处需要修复{also}。")
    if so_so:
        return Words(f"It works; {so_so} could be better.", f"可以运行，有 {so_so} 处可以更好。")
    return Words("All is well.", "一切正常。")
