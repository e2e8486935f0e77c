"""Covers hub/bot/dialogue.py: where the dialogue stands, from the transcript alone."""

import pytest

from hub.bot.dialogue import LINES, MOVES, Dialogue, dialogue_of
from hub.bot.reading import Reader
from hub.bot.words import Catalogue
from hub.ports import Spoken

CATALOGUE = Catalogue.shipped()
ZH = CATALOGUE.of("zh")
ORDER = ZH.say("ask.return_exchange.order")
REASON = ZH.say("ask.return_exchange.reason", order="2026", item="水壶")
UNSURE = ZH.say("unsure.first")
HANDED = "好的，" + ZH.say("handoff.online")


def told(reader: Reader, *lines: tuple[str, str]) -> Dialogue:
    spoken = tuple(Spoken(n + 1, n, by, "", text) for n, (by, text) in enumerate(lines))  # type: ignore[arg-type]
    return dialogue_of(spoken, reader, CATALOGUE)


def test_what_was_asked_last(reader: Reader) -> None:
    dialogue = told(reader, ("customer", "我要退货"), ("bot", ORDER), ("customer", "水壶"))
    assert dialogue.asked == "ask.return_exchange.order"
    assert [m.asked for m in dialogue.moves] == ["", "ask.return_exchange.order"]


def test_a_flow_holds_its_opening_line_and_every_answer(reader: Reader) -> None:
    lines = (("customer", "你好"), ("bot", "您好"), ("customer", "我要退货"), ("bot", ORDER), ("customer", "水壶"))
    dialogue = told(reader, *lines, ("bot", REASON), ("customer", "坏了"))
    assert [m.reading.text for m in dialogue.flow("return_exchange")] == ["我要退货", "水壶", "坏了"]
    assert [m.reading.text for m in dialogue.flow("repair")] == ["坏了"]


def test_two_lines_in_a_row_answer_the_same_question(reader: Reader) -> None:
    dialogue = told(reader, ("customer", "我要退货"), ("bot", ORDER), ("customer", "那个"), ("customer", "水壶"))
    assert [m.asked for m in dialogue.moves][1:] == ["ask.return_exchange.order"] * 2
    assert not dialogue.unsure_before


def test_an_unhelpful_answer_before_is_known(reader: Reader) -> None:
    assert told(reader, ("customer", "阿巴"), ("bot", UNSURE), ("customer", "阿巴")).unsure_before
    assert not told(
        reader, ("customer", "阿巴"), ("bot", UNSURE), ("customer", "a"), ("bot", "好"), ("customer", "b")
    ).unsure_before


def test_a_question_asked_twice_is_unhelpful(reader: Reader) -> None:
    lines = (("customer", "我要退货"), ("bot", ORDER), ("customer", "嗯"), ("bot", ORDER), ("customer", "嗯嗯"))
    assert told(reader, *lines).unsure_before


@pytest.mark.parametrize("by", ["agent", "bot"])
def test_a_persons_line_or_a_handover_closes_what_was_before(reader: Reader, by: str) -> None:
    text = HANDED if by == "bot" else "您好，我是李明"
    dialogue = told(reader, ("customer", "投诉"), ("bot", UNSURE), (by, text), ("customer", "你好"))
    assert [m.reading.text for m in dialogue.moves] == ["你好"] and dialogue.said == ()


def test_a_long_transcript_is_read_at_its_end(reader: Reader) -> None:
    lines = [("customer", f"第{n}句") for n in range(500)]
    dialogue = told(reader, *lines)
    assert len(dialogue.moves) == MOVES and dialogue.moves[-1].reading.text == "第499句" and LINES >= MOVES


def test_nothing_said_is_no_dialogue(reader: Reader) -> None:
    assert told(reader) == Dialogue() and Dialogue().asked == "" and not Dialogue().unsure_before
