"""Covers hub/calls/voice/dialogue.py: what the bot asks for, understands, and says, without a sound."""

import tomllib
from pathlib import Path

import pytest

from hub.calls.voice.dialogue import Act, CallPerson, Dialogue, FoundOrder, Leave, LookUp, Note, Say
from hub.calls.voice.ports import Heard
from hub.calls.voice.words import Words

ORDER = FoundOrder("2026112200017", "K200S kettle", "shipped")


def said(acts: list[Act]) -> str:
    return " ".join(act.text for act in acts if isinstance(act, Say))


def noted(acts: list[Act]) -> list[tuple[str, str]]:
    return [(act.kind, act.heard) for act in acts if isinstance(act, Note)]


def speaks(words: str, confidence: float = 0.9) -> Heard:
    return Heard(words, confidence)


@pytest.fixture
def bot() -> Dialogue:
    it = Dialogue(Words("en"), hears=True)
    it.begin("Kettle & Co", 1)
    return it


def test_it_says_how_long_it_takes_and_asks_for_the_order() -> None:
    begun = said(Dialogue(Words("en"), hears=True).begin("Kettle & Co", 1))
    assert begun.startswith("Hello, this is Kettle & Co. An agent will be with you in about a minute.")
    assert "last four digits" in begun
    assert "about 3 minutes" in said(Dialogue(Words("en"), hears=True).begin("Kettle & Co", 3))
    assert "Nobody is free" in said(Dialogue(Words("en"), hears=True).begin("Kettle & Co", 0))


def test_digits_are_looked_up_read_back_and_confirmed(bot: Dialogue) -> None:
    assert bot.heard(speaks("zero zero one seven", 0.6)) == [LookUp("0017")]
    acts = bot.found(ORDER)
    assert noted(acts) == [("order", "0017")]
    assert "0 0 1 7: K200S kettle, on its way" in said(acts)
    assert bot.expected == "yes_no"
    acts = bot.heard(speaks("yes"))
    assert acts[0] == Note("order", "voice", "0017", "2026112200017", confirmed=True, confidence=0.9)
    assert bot.state == "hold"


def test_a_number_that_is_not_theirs_is_read_back_and_noted_as_it_was_heard(bot: Dialogue) -> None:
    bot.heard(speaks("one two three four"))
    assert said(bot.found(None)) == "I understood 1 2 3 4. Is that right? Say yes or no."
    assert bot.heard(speaks("yes"))[0] == Note("order", "voice", "1234", "", confirmed=True, confidence=0.9)


def test_misheard_once_it_is_asked_again_and_no_more(bot: Dialogue) -> None:
    bot.heard(speaks("one two three four"))
    bot.found(None)
    assert bot.heard(speaks("no")) == [Note("no", "voice", "no", confidence=0.9), Say(Words("en").say("again"))]
    bot.heard(speaks("one two three five"))
    bot.found(None)
    bot.heard(speaks("no"))
    assert bot.state == "hold"


@pytest.mark.parametrize("words", ["agent", "a person please", "人工", "I want to talk to someone"])
def test_a_person_is_called_at_once(bot: Dialogue, words: str) -> None:
    acts = bot.heard(speaks(words))
    assert CallPerson() in acts
    assert bot.state == "hold"


def test_what_was_guessed_is_not_understood(bot: Dialogue) -> None:
    assert noted(bot.heard(speaks("one two three four", 0.1))) == [("unclear", "one two three four")]
    assert bot.state == "number"
    bot.heard(speaks("", 0.0))
    assert bot.state == "hold", "it does not insist"


def test_silence_is_asked_once_more_and_then_left_in_peace(bot: Dialogue) -> None:
    assert "Are you still there" in said(bot.silence())
    acts = bot.silence()
    assert noted(acts) == [("silence", "")]
    assert "That's fine" in said(acts)
    for _ in range(3):
        assert "still looking" in said(bot.silence())
    assert bot.patience_s is None


def test_keys_say_the_same(bot: Dialogue) -> None:
    assert [bot.key(key) for key in "0017"] == [[], [], [], [LookUp("0017")]]
    bot.found(ORDER)
    acts = bot.key("1")
    assert acts[0] == Note("order", "keys", "0017", "2026112200017", confirmed=True)
    assert CallPerson() in bot.key("*")


def test_what_is_typed_counts_too(bot: Dialogue) -> None:
    assert bot.heard(Heard("it is 2026112200017", 1.0), "text") == [LookUp("2026112200017")]


def test_somebody_comes(bot: Dialogue) -> None:
    acts = bot.come("Anna Berg")
    assert said(acts) == "Anna Berg is on the line now. I'll leave you to it."
    assert acts[-1] == Leave()
    assert bot.heard(speaks("hello")) == []
    assert "An agent is on the line" in said(Dialogue(Words("en"), hears=True).come("李明"))
    assert "李明已经接听" in said(Dialogue(Words("zh-CN"), hears=False).come("李明"))


def test_nobody_came_and_a_call_back_is_offered(bot: Dialogue) -> None:
    assert "Shall we call you back" in said(bot.nobody())
    assert bot.nobody() == []
    acts = bot.heard(speaks("yes"))
    assert noted(acts) == [("callback", "yes")]
    assert "we'll call you back" in said(acts)
    assert acts[-1] == Leave()


def test_nobody_came_and_who_says_nothing_is_told_to_write(bot: Dialogue) -> None:
    bot.nobody()
    acts = bot.silence()
    assert "You can write to us" in said(acts)
    assert acts[-1] == Leave()


def test_where_no_speech_is_understood_it_asks_to_type() -> None:
    bot = Dialogue(Words("zh-CN"), hears=False)
    assert "输入订单号的后四位" in said(bot.begin("壶小店", 1))
    assert "请说" not in said(bot.silence())
    bot.key("0")
    for key in "017":
        acts = bot.key(key)
    assert acts == [LookUp("0017")]
    assert "是这一单请按一" in said(bot.found(ORDER))


def test_both_languages_have_the_same_texts() -> None:
    texts = Path(__file__).parents[3] / "hub/calls/voice/texts"
    en, zh = (tomllib.loads((texts / f"{name}.toml").read_text()) for name in ("en", "zh"))
    assert en.keys() == zh.keys()
    for key, text in en.items():
        if isinstance(text, str):
            fields = {part.partition("}")[0] for part in text.split("{")[1:]}
            assert {part.partition("}")[0] for part in zh[key].split("{")[1:]} == fields, key
        else:
            assert text.keys() == zh[key].keys()
