"""The widget's and the demo's files: complete catalogues in both languages, and a first paint within budget."""

import gzip
import json
import re
from pathlib import Path

import pytest

from hub.crm.samples import samples
from hub.transport.served import served

STATIC = Path(__file__).parents[2] / "static"
WIDGET = STATIC / "widget"
CALL = WIDGET / "call"
FILES = WIDGET / "files"
DEMO = STATIC / "demo"
LOADER_BYTES = 2 * 1024
FIRST_PAINT_BYTES = 30 * 1024
CALL_SCRIPT_BYTES = 10_240
TOLD_BYTES = 3_800
CALL_BYTES = 15_000
STRING = r'"(?:[^"\\]|\\.)*"'


def texts(source: str) -> dict[str, str]:
    """key -> text, of an object literal with one entry a line."""
    entries = re.findall(rf"^  ({STRING}|\w+): ({STRING}),$", source, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^  \S.*:", source, re.MULTILINE))
    return {key.strip('"'): json.loads(text) for key, text in entries}


def widget_catalogue(language: str) -> dict[str, str]:
    return texts((WIDGET / "locales" / f"{language}.js").read_text())


def call_catalogue(language: str) -> dict[str, str]:
    return texts((CALL / "locales" / f"{language}.js").read_text())


def files_catalogue(language: str) -> dict[str, str]:
    return texts((FILES / "locales" / f"{language}.js").read_text())


def demo_catalogue(language: str) -> dict[str, str]:
    return texts((DEMO / "words.js").read_text().split(f"const {language} = {{", 1)[1].split("\n};", 1)[0])


CATALOGUES = {
    "widget": (widget_catalogue("en"), widget_catalogue("zh-CN")),
    "call": (call_catalogue("en"), call_catalogue("zh-CN")),
    "files": (files_catalogue("en"), files_catalogue("zh-CN")),
    "demo": (demo_catalogue("en"), demo_catalogue("zh")),
}
both = pytest.mark.parametrize("place", CATALOGUES)


@both
def test_both_languages_have_the_same_texts(place: str) -> None:
    en, zh = CATALOGUES[place]
    assert set(en) == set(zh)
    assert all(text.strip() for text in [*en.values(), *zh.values()])


@both
def test_places_to_fill_in_are_the_same(place: str) -> None:
    en, zh = CATALOGUES[place]
    for key in en:
        assert set(re.findall(r"\{\w+\}", en[key])) == set(re.findall(r"\{\w+\}", zh[key])), key


@both
def test_no_english_is_left_in_chinese(place: str) -> None:
    known = {"CRM", "OneThread"}
    for key, text in CATALOGUES[place][1].items():
        if key != "language":  # the name of the other language, in that language
            assert set(re.findall(r"[A-Za-z]+", re.sub(r"\{\w+\}", "", text))) <= known, key
            assert re.search(r"[\u4e00-\u9fff]", re.sub(r"\{\w+\}", "", text)) or key == "rate.score", key


@both
def test_no_chinese_is_left_in_english(place: str) -> None:
    for key, text in CATALOGUES[place][0].items():
        assert key == "language" or not re.search(r"[\u4e00-\u9fff]", text), key


@both
def test_every_text_is_asked_for_and_every_text_asked_for_exists(place: str) -> None:
    """Keys stand in the sources as literals, or as a literal beginning of a template."""
    root = {"widget": WIDGET, "call": CALL, "files": FILES, "demo": DEMO}[place]
    source = "\n".join(file.read_text() for file in root.glob("*.js") if file.name != "words.js")
    source += (WIDGET / "words.js").read_text() if place == "widget" else ""
    literal = set(re.findall(r'"([\w.]+)"', source))
    starts = tuple(set(re.findall(r"`(\w[\w.]*\.)\$\{", source)))
    states = {"sending", "queued", "sent", "delivered", "read", "failed"}  # ticks: asked for by their own name
    for key in CATALOGUES[place][0]:
        assert key in literal | states or key.startswith(starts), key
    for asked in re.findall(r'\bsay\("([\w.]+)"', source):
        assert asked in CATALOGUES[place][0] or asked in {"post", "problem", "scored", "rated", "leave", "ring"}, asked


def wire_bytes(name: str) -> int:
    return len(gzip.compress(served(STATIC / name, STATIC), 9))


def linked(page: Path) -> list[str]:
    """What a page's markup loads, by name under static/."""
    return re.findall(r'(?:src|href)="/static/([^"]+)"', page.read_text())


def test_the_loader_is_small() -> None:
    assert wire_bytes("widget/loader.js") <= LOADER_BYTES


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_frame_paints_within_its_budget(language: str) -> None:
    """All that the frame page loads before it shows a thread: page, sheets, Lit, the packed script, one catalogue."""
    names = ["widget/frame.html", *linked(WIDGET / "frame.html"), f"widget/locales/{language}.js"]
    sizes = {name: wire_bytes(name) for name in names}
    assert {"tokens.css", "widget/widget.css", "vendor/lit.js", "widget/main.js"} <= set(sizes)
    assert sum(sizes.values()) <= FIRST_PAINT_BYTES, sizes


def test_the_frame_loads_nothing_else() -> None:
    """The packed script imports Lit, and later only what is seldom needed."""
    script = served(WIDGET / "main.js", STATIC).decode()
    assert set(re.findall(r'from"([^"]+)"', script)) == {"/static/vendor/lit.js"}
    later = set(re.findall(r'import\("([^"]+)"\)', script))
    names = ("locales/en.js", "locales/zh-CN.js", "accent.js", "call/calls.js", "files/open.js", "rating.js")
    assert later == {f"/static/widget/{name}" for name in names}
    assert "@import" not in served(WIDGET / "widget.css", STATIC).decode()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_a_call_loads_is_small(language: str) -> None:
    """Only when a call begins: the engine and its pane packed into one script, and their sheet."""
    script = served(CALL / "open.js", STATIC).decode()
    assert set(re.findall(r'from"([^"]+)"', script)) == {"/static/vendor/lit.js"}
    assert wire_bytes("widget/call/open.js") <= CALL_SCRIPT_BYTES
    assert wire_bytes("widget/call/open.js") + wire_bytes("widget/call/call.css") + told_bytes(language) <= CALL_BYTES


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_a_thread_with_past_calls_loads_is_smaller(language: str) -> None:
    """How their lines are told, and their words: nothing else is imported."""
    script = served(CALL / "calls.js", STATIC).decode()
    assert re.findall(r'from"([^"]+)"', script) == []
    assert told_bytes(language) <= TOLD_BYTES


def told_bytes(language: str) -> int:
    return wire_bytes("widget/call/calls.js") + wire_bytes(f"widget/call/locales/{language}.js")


def test_every_end_and_problem_of_a_call_has_its_words() -> None:
    """Reasons of the model and of devices, wherever they come from."""
    ends = ["hungup", "abandoned", "cancelled", "declined", "busy", "timeout", "nobody"]
    why = [f"{device}.{it}" for device in ("microphone", "camera") for it in ("denied", "none", "busy", "insecure")]
    wanted = {f"call.over.{end}" for end in ends} | {f"call.problem.{it}" for it in why}
    assert wanted <= set(CATALOGUES["call"][0])


def test_every_file_that_a_page_names_is_there() -> None:
    for page in (WIDGET / "frame.html", DEMO / "shop.html", DEMO / "app.html"):
        for name in linked(page):
            assert (STATIC / name).is_file(), name


def test_every_product_of_the_shop_has_its_picture() -> None:
    for product in samples().products:
        picture = (DEMO / "img" / f"{product.model.lower()}.svg").read_text()
        assert not re.search(r"<script|<style|\son\w+=|href=|url\(", picture)
