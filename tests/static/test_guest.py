"""The guest page's files: complete catalogues, a first load in budget, rules of their code."""

import gzip
import re
from pathlib import Path
from typing import get_args

import pytest

from hub.model.call import CardPart
from hub.model.crm import Order, Shipment, TicketStatus
from hub.model.errors import LinkUnknown
from hub.transport.hub_frames import GuestOver
from hub.transport.served import served

STATIC = Path(__file__).parents[2] / "static"
GUEST = STATIC / "guest"
FIRST_LOAD = 36 * 1024
SOURCES = sorted(GUEST.glob("*.js"))
SOURCE = "\n".join(file.read_text() for file in SOURCES)


def catalogue(language: str) -> dict[str, str]:
    text = (GUEST / "locales" / f"{language}.js").read_text()
    return {a or b: c for a, b, c in re.findall(r'^  (?:"([^"]+)"|(\w+)): "(.+)",$', text, re.M)}


EN, ZH = catalogue("en"), catalogue("zh-CN")


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    places = {name: [set(re.findall(r"\{(\w+)\}", each[name])) for each in (EN, ZH)] for name in EN}
    assert set(EN) == set(ZH)
    assert all(one == other for one, other in places.values())
    assert not [key for key, text in ZH.items() if re.search(r"[A-Za-z]{3,}", re.sub(r"\{\w+\}|https", "", text))]


def test_every_text_that_is_asked_for_exists_and_none_is_left_over() -> None:
    asked = set(re.findall(r'\bsay\("([\w.]+)"', SOURCE))
    assert asked <= set(EN)
    starts = tuple(set(re.findall(r"`([\w.]+\.)\$\{", SOURCE)))
    values = set(re.findall(r'"([\w.]+)"', SOURCE))
    assert [key for key in EN if key not in values and not key.startswith(starts)] == []


def test_every_end_and_every_word_of_the_hub_is_told() -> None:
    wanted = {f"over.{why}" for why in get_args(GuestOver.model_fields["why"].annotation)}
    wanted |= {f"over.{error.code}" for error in (LinkUnknown, *LinkUnknown.__subclasses__())}
    wanted |= {f"card.{part}" for part in get_args(CardPart)}
    wanted |= {f"order.{it}" for it in get_args(Order.model_fields["status"].annotation)}
    wanted |= {f"parcel.{it}" for it in get_args(Shipment.model_fields["status"].annotation)}
    wanted |= {f"ticket.{it}" for it in get_args(TicketStatus)}
    stages = ("asking", "calling", "joining", "connecting", "live", "reconnecting", "elsewhere", "incoming", "over")
    wanted |= {f"stage.{stage}" for stage in (*stages, "none")}
    assert wanted <= set(EN)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_first_load_is_within_its_budget(language: str) -> None:
    names = re.findall(r'(?:href|src)="/static/([^"]+)"', (GUEST / "index.html").read_text())
    files = [GUEST / "index.html", GUEST / "locales" / f"{language}.js", *(STATIC / name for name in names)]
    size = sum(len(gzip.compress(served(file, STATIC), 9)) for file in files)
    assert size <= FIRST_LOAD, size


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.name)
def test_house_rules(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert lines[0].startswith("// "), "the first line says what the file is for"
    assert len(lines) < 300
    assert not re.search(r"""\sstyle=|\son\w+=["'$]|innerHTML|insertAdjacent|unsafe|eval\(""", "\n".join(lines))
