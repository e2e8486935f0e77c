"""Covers hub/bot/knowledge.py and the articles."""

import re
import tomllib
from pathlib import Path

import pytest

from hub.bot.cues import Cues
from hub.bot.knowledge import Knowledge, Shelf, without_names
from hub.bot.plain import plain

QUESTIONS = tomllib.loads((Path(__file__).parent / "questions.toml").read_text("utf-8"))
PARTS = ("policy", "product", "fresh", "unseen")
KNOWLEDGE = Knowledge(Cues.shipped().words("stop", "words"))
ZH, EN = KNOWLEDGE.shelf("zh-CN"), KNOWLEDGE.shelf("en")


def ids(shelf: Shelf, text: str, *owned: str) -> list[str]:
    return [f"{h.entry.article}#{h.entry.section}" for h in shelf.search(plain(text), owned)]


@pytest.mark.parametrize(("language", "first", "three"), [("zh", 0.88, 0.95), ("en", 0.85, 0.93)])
def test_the_right_section_is_first_or_among_three(language: str, first: float, three: float) -> None:
    shelf = KNOWLEDGE.shelf(language)
    rows = [row for part in PARTS for row in QUESTIONS[language][part]]
    found = [(ids(shelf, row[0], *row[2:3]), row[1]) for row in rows]
    assert sum(right == hits[0] for hits, right in found) >= first * len(rows)
    assert sum(right in hits[:3] for hits, right in found) >= three * len(rows)


def test_no_question_is_a_wording_of_the_articles() -> None:
    for language, parts in QUESTIONS.items():
        shelf = KNOWLEDGE.shelf(language)
        wordings = {plain(w) for e in shelf.entries for w in (e.heading, *e.asks)}
        asked = [row[0] for part in PARTS for row in parts[part]]
        assert not [text for text in asked if plain(text) in wordings]


def test_both_languages_have_the_same_articles_and_sections() -> None:
    def shape(shelf: Shelf) -> set[tuple[str, int, frozenset[str]]]:
        return {(e.article, e.section, e.models) for e in shelf.entries}

    assert shape(ZH) == shape(EN)
    assert {m.article: m.models for m in ZH.manuals} == {m.article: m.models for m in EN.manuals}


@pytest.mark.parametrize("shelf", [ZH, EN], ids=["zh", "en"])
def test_every_section_is_short_and_finds_itself(shelf: Shelf) -> None:
    for entry in shelf.entries:
        assert 8 < len(entry.body) < 700 and entry.asks
        model = min(entry.models, default="")
        hits = shelf.search(plain(f"{model} {entry.heading}"), [model] if model else ())
        assert hits[0].entry is entry, (entry.article, entry.heading)


NAMES = re.compile(r"App|Wi-Fi|PayPal|Visa|Mastercard|MIN|MAX|CADR|GHz|DHL|UPS|IH|[A-Z]+\d+\w*")


def test_chinese_articles_are_chinese() -> None:
    for entry in ZH.entries:
        assert not re.search(r"[A-Za-z]{2,}", NAMES.sub("", entry.body)), entry.body


def test_the_owned_model_comes_first() -> None:
    assert ids(ZH, "怎么除垢", "CM15")[0] == "cm15#4"
    assert ids(ZH, "怎么除垢", "K200S")[0] == "k200s#4"


@pytest.mark.parametrize(
    ("text", "owned", "articles"),
    [
        ("我的水壶不加热", [], ["k200s"]),
        ("水壶不加热", ["K120"], ["k120"]),
        ("水壶不加热", ["K120", "K200S"], ["k200s"]),
        ("折叠水壶怎么收", ["K200S"], ["k120"]),
        ("我的k200s一直响", [], ["k200s"]),
        ("咖啡磨豆机卡住", [], ["cg06"]),
        ("滤芯多久换", [], ["ap500"]),
        ("你好", ["K200S"], []),
    ],
)
def test_which_product_is_meant(text: str, owned: list[str], articles: list[str]) -> None:
    assert [m.article for m in ZH.mentioned(plain(text), owned)] == articles


def test_english_names_are_whole_words() -> None:
    assert [m.article for m in EN.mentioned("my kettles are broken")] == ["k200s"]
    assert EN.mentioned("a good environment") == []


def test_a_named_product_is_taken_out_of_the_question() -> None:
    named = ZH.mentioned("k200s电热水壶怎么除垢")
    assert without_names("k200s电热水壶怎么除垢", named).split() == ["怎么除垢"]
    assert without_names("水壶", named).strip() == ""


@pytest.mark.parametrize("text", ["", "？？？", '" OR *', "NEAR(a b)", "的了吗", "x" * 1_200, "除垢 " * 300])
def test_any_query_is_safe(text: str) -> None:
    assert len(ZH.search(text)) <= 12


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    for language in ("zh", "en"):
        (tmp_path / language).mkdir()
        (tmp_path / language / "a.md").write_text("# T\n\n## One\n? uno / eins\nBody here.\n", "utf-8")
    shelf = Knowledge(frozenset(), tmp_path).shelf("en")
    hit = shelf.search("eins")[0]
    assert (hit.entry.title, hit.entry.heading, hit.entry.body) == ("T", "One", "Body here.") and hit.score > 0.5


def test_hours_in_the_articles_are_the_hours_the_bot_says() -> None:
    for shelf in (ZH, EN):
        entry = shelf.section("hours", 0)
        assert entry and "9:00–21:00" in entry.body


@pytest.mark.parametrize("shelf", [ZH, EN], ids=["zh", "en"])
def test_the_facts_that_a_manual_names_are_a_section_of_it(shelf: Shelf) -> None:
    named = [m for m in shelf.manuals if m.facts]
    assert named
    for manual in named:
        assert shelf.facts(manual), manual.article
