"""The console's and the assist panel's files: complete catalogues, a first load in budget, rules of their code."""

import gzip
import json
import re
from pathlib import Path
from typing import get_args

import pytest

from hub.crm.look import Why
from hub.model.asks import Degraded, EffectKind
from hub.model.crm import Breaker, ContextOutcome, NewsKind, NoteKind, Order, Priority, Shipment, TicketStatus
from hub.model.crm_events import CrmWritten
from hub.model.errors import every_error
from hub.model.events import every_event
from hub.model.identity import IdentityKind, Proof
from hub.model.owner import OwnerReason
from hub.transport.served import served

STATIC = Path(__file__).parents[2] / "static"
CONSOLE, ASSIST = STATIC / "console", STATIC / "assist"
PAGES = (CONSOLE, ASSIST)
FIRST_LOAD = 120 * 1024
ELEMENT = 2 * 1024
SOURCES = sorted([*CONSOLE.glob("*.js"), *CONSOLE.glob("parts/*.js"), *ASSIST.glob("*.js")])
SOURCE = "\n".join(file.read_text() for file in SOURCES)


def catalogue(language: str) -> dict[str, list[str]]:
    """key -> its texts (several when it has plural forms)."""
    lines = (CONSOLE / "locales" / f"{language}.js").read_text().splitlines()
    entries = [re.fullmatch(r'  (?:"([^"]+)"|(\w+)): (.+),', line) for line in lines]
    assert sum(e is not None for e in entries) == sum(": " in line and line.startswith("  ") for line in lines)
    return {e[1] or e[2]: [json.loads(t) for t in re.findall(r'"(?:[^"\\]|\\.)*"', e[3])] for e in entries if e}


EN, ZH = catalogue("en"), catalogue("zh-CN")


def test_both_languages_have_the_same_texts() -> None:
    assert set(EN) == set(ZH)
    assert all(text.strip() or key in ("and",) for texts in (EN, ZH) for key in texts for text in texts[key])


def test_places_to_fill_in_are_the_same() -> None:
    def places(texts: list[str]) -> set[str]:
        return {name for text in texts for name in re.findall(r"\{(\w+)\}", text)}

    # A title before or after the name, a count that one language needs: the set is the same all the same.
    assert {k: places(EN[k]) for k in EN} == {k: places(ZH[k]) for k in ZH}


def test_no_english_is_left_in_chinese() -> None:
    known = {"CRM", "App", "OneThread", "TA", "Ctrl", "K", "J", "A", "D", "a", "example", "com"}
    for key, texts in ZH.items():
        for text in texts:
            words = re.findall(r"[A-Za-z]+", re.sub(r"\{\w+\}", "", text))
            assert set(words) <= known, (key, text)


def test_every_text_that_is_asked_for_exists() -> None:
    asked = re.findall(r"""\bt\((?:"|`)([\w.]+)["`]""", SOURCE)
    assert len(asked) > 150
    assert sorted(set(asked) - set(EN)) == []
    for start in re.findall(r"\bt\(`([\w.]+)\.\$\{", SOURCE):
        assert any(key.startswith(start + ".") for key in EN), start


def test_no_text_is_left_over() -> None:
    composed = set(re.findall(r"`([\w.]+\.)\$\{", SOURCE))
    composed |= {f"{words}." for words in re.findall(r'\bwords: "(\w+)"', SOURCE)}  # asks.js: of a field's choices
    values = re.findall(r'"([\w.]+)"', SOURCE)
    idle = [k for k in EN if k not in SOURCE and not any(k.startswith(c) for c in composed) and k not in values]
    assert idle == []


@pytest.mark.parametrize("event", sorted(t for t, c in every_event().items() if c.__module__.startswith("hub.")))
def test_every_event_is_told_or_known_to_be_silent(event: str) -> None:
    """A new event type must be given its words, or be put among the silent ones on purpose."""
    listed = re.search(r"SILENT = new Set\(\[(.*?)\]\)", (CONSOLE / "timeline.js").read_text(), re.S)
    assert listed
    silent = re.findall(r'"([\w.]+)"', listed[1])
    drawn = {"message.created", "note.added", "handoff.briefed", "owner.changed", "recording.kept"}
    drawn |= {"ticket.requested", "effect.requested", "effect.done", "effect.failed"}  # effects.js
    lines = (CONSOLE / "lines.js").read_text()
    assert event in silent or event in drawn or (f"line.{event}" in EN and f'"{event}":' in lines)


def test_every_word_of_the_model_has_a_text() -> None:
    # Errors of other modules stop a process at its start; no page ever hears of them.
    wanted = [f"error.{e.code}" for e in every_error() if e.__module__ == "hub.model.errors"]
    wanted += [f"reason.{reason}" for reason in get_args(OwnerReason)]
    wanted += [f"context.line.{outcome}" for outcome in get_args(ContextOutcome)]
    wanted += [f"context.{o}{more}" for o in get_args(ContextOutcome) if o != "found" for more in ("", ".todo")]
    wanted += [f"context.why.{why}" for why in get_args(Why)]
    wanted += [f"identity.{kind}" for kind in IdentityKind]
    wanted += [f"proof.{proof.name.lower()}{more}" for proof in Proof for more in ("", ".hint")]
    wanted += [f"ticket.{status}" for status in get_args(TicketStatus)]
    wanted += [f"{words}.{priority}" for words in ("level", "priority") for priority in get_args(Priority)]
    wanted += [f"breaker.{state}" for state in get_args(Breaker)]
    wanted += [f"breaker.{state}.told" for state in get_args(Breaker) if state != "closed"]
    wanted += [f"news.{kind}" for kind in get_args(NewsKind)]
    wanted += [f"crm.{kind}" for kind in get_args(NoteKind)]
    wanted += [f"crm.{what}" for what in get_args(CrmWritten.model_fields["what"].annotation)]
    wanted += [f"effect.{how}.{kind}" for how in ("done", "failed") for kind in get_args(EffectKind)]
    wanted += ["effect.done.ticket.as_lead", "effect.done.task.as_note"]
    assert set(get_args(Degraded)) == {"", "lead", "note"}
    wanted += [f"order.{status}" for status in get_args(Order.model_fields["status"].annotation)]
    wanted += [f"shipment.{status}" for status in get_args(Shipment.model_fields["status"].annotation)]
    assert sorted(set(wanted) - set(EN)) == []


def test_every_command_has_words_and_a_key_of_its_own() -> None:
    commands = (CONSOLE / "commands.js").read_text()
    names = re.findall(r'\bname: "([\w.]+)"', commands)
    assert len(names) > 12
    assert [n for n in names if f"command.{n}" not in EN] == []
    keys = re.findall(r'\bkey: "(.)"', commands)
    assert len(keys) == len(set(keys))


def imports(file: Path) -> list[Path]:
    """What the browser fetches because of `file`, in a static import."""
    found = re.findall(r'(?:^|\n)(?:import|export)\b[^"`;]*?"(\.[^"]+)"', file.read_text())
    return [(file.parent / name).resolve() for name in found]


def graph(entry: Path) -> set[Path]:
    seen: set[Path] = set()
    todo = [entry.resolve()]
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo += imports(file)
    return seen


@pytest.mark.parametrize("root", PAGES, ids=lambda root: root.name)
def test_the_first_load_is_within_its_budget(root: Path) -> None:
    """As it goes over the wire: the page's modules packed into one, with both catalogues."""
    page = root / "index.html"
    linked = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page.read_text()))
    files = {page, CONSOLE / "locales" / "en.js", CONSOLE / "locales" / "zh-CN.js"}
    files |= {STATIC / name for name in linked}
    size = sum(len(gzip.compress(served(file, STATIC), 9)) for file in files)
    assert size <= FIRST_LOAD, f"{size} bytes"


def test_what_another_page_loads_is_small() -> None:
    assert len(gzip.compress(served(ASSIST / "element.js", STATIC), 9)) <= ELEMENT


def test_every_module_is_used() -> None:
    entries = (*(root / "main.js" for root in PAGES), ASSIST / "element.js")
    loaded = set().union(*(graph(entry) for entry in entries)) | set((CONSOLE / "locales").glob("*.js"))
    assert set(SOURCES) - loaded == set(), "a file that nobody loads"


@pytest.mark.parametrize("root", PAGES, ids=lambda root: root.name)
def test_only_what_stays_a_file_of_its_own_is_preloaded(root: Path) -> None:
    """The rest is packed into main.js: preloaded as well, it would be fetched twice."""
    listed = re.findall(r'modulepreload" href="/static/([^"]+)"', (root / "index.html").read_text())
    assert listed == ["vendor/lit.js"]


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.name)
def test_house_rules(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert lines[0].startswith(("/** ", "// ")), "the first line says what the file is for"
    assert len(lines) < 300
    text = "\n".join(lines)
    # A strict CSP: neither styles nor scripts in attributes, and no way around Lit into markup.
    assert not re.search(r"""\sstyle=|\son\w+=["'$]|innerHTML|insertAdjacent|unsafe|eval\(""", text)
    imported = re.findall(r'from "([^"]+)"|import "([^"]+)"', text)
    assert all((a or b).startswith(".") for a, b in imported)
