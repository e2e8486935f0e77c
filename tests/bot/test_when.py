"""Covers hub/bot/when.py."""

from datetime import UTC

import pytest

from hub.bot.when import SHANGHAI, Clock
from hub.bot.words import Catalogue
from tests.bot.talk import DAY, HOUR, NOW

WORDS = Catalogue.shipped()


@pytest.mark.parametrize(
    ("hours", "zh", "en"),
    [
        (3, "今天 22:00", "today 22:00"),
        (-24, "昨天 19:00", "yesterday 19:00"),
        (6, "明天 01:00", "tomorrow 01:00"),
        (72, "11月27日 19:00", "27 Nov, 19:00"),
    ],
)
def test_moments_near_and_far(hours: float, zh: str, en: str) -> None:
    for language, text in (("zh", zh), ("en", en)):
        clock = Clock(NOW, SHANGHAI, WORDS.of(language))
        assert clock.moment(NOW + int(hours * HOUR)) == text


def test_a_date_names_its_year_unless_it_is_this_one() -> None:
    clock = Clock(NOW, SHANGHAI, WORDS.of("zh"))
    assert clock.date(NOW - 30 * DAY) == "10月25日" and clock.date(NOW + 400 * DAY) == "2027年12月29日"


def test_the_zone_decides_what_today_is() -> None:
    at = NOW + 6 * HOUR  # 01:00 in Shanghai, 17:00 in UTC
    assert Clock(NOW, UTC, WORDS.of("en")).moment(at) == "today 17:00"


@pytest.mark.parametrize("at", [-(10**18), 0, 10**18])
def test_a_nonsense_time_is_still_a_text(at: int) -> None:
    assert Clock(NOW, SHANGHAI, WORDS.of("en")).moment(at)
    assert Clock(NOW, SHANGHAI, WORDS.of("en")).days_since(at) >= 0
