"""Covers hub/bot/cues.py."""

from hub.bot.cues import Cues, without


def test_chinese_anywhere_english_as_whole_words() -> None:
    cues = Cues({"fault": {"words": ["坏", "fault"], "not": ["没坏", "no fault"]}})
    assert cues.found("fault", "壶坏了") and cues.found("fault", "it has a fault")
    assert not cues.found("fault", "the default one")


def test_what_is_excepted_is_taken_out_first() -> None:
    cues = Cues({"fault": {"words": ["坏", "fault"], "not": ["没坏", "no fault"]}})
    assert not cues.found("fault", "壶没坏") and not cues.found("fault", "there is no fault")
    assert cues.found("fault", "盖子没坏，壶坏了")


def test_every_shipped_list_finds_its_own_words_unless_excepted() -> None:
    cues = Cues.shipped()
    for name in ("danger", "legal", "faulty", "unwanted", "exchange", "symptom", "not_received", "yes", "dropped"):
        for word in cues.words(name, "words"):
            assert cues.found(name, word) or without(word, cues.words(name, "not")).strip() != word, (name, word)
