"""Times as people say them, in the shop's time zone: "今天 18:00", "tomorrow 18:00", "3 Nov"."""

from datetime import datetime, timedelta, timezone, tzinfo

from hub.bot.words import Words
from hub.model.frozen import frozen

SHANGHAI = timezone(timedelta(hours=8))  # no daylight saving there; and a slim container has no tzdata
DAY_MS = 86_400_000
_LAST_MS = 253_402_214_400_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@frozen
class Clock:
    """`now` is epoch milliseconds."""

    now: int
    zone: tzinfo
    words: Words

    def part_of_day(self) -> str:
        hour = self._at(self.now).hour
        parts = ((5, "night"), (9, "morning"), (12, "forenoon"), (14, "noon"), (18, "afternoon"), (24, "evening"))
        name = next(name for until, name in parts if hour < until)
        return self.words.say(f"part_of_day.{name}")

    def moment(self, at: int) -> str:
        """A time near now, to the minute."""
        when = self._at(at)
        days = (when.date() - self._at(self.now).date()).days
        near = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
        time = f"{when:%H:%M}"
        if near:
            return self.words.part(f"clock.{near}", time=time)
        return self._dated("clock.day_time", when, time=time)

    def date(self, at: int) -> str:
        """A day; with its year unless it is this one."""
        when = self._at(at)
        same = when.year == self._at(self.now).year
        return self._dated("clock.day" if same else "clock.year_day", when)

    def days_since(self, at: int) -> int:
        return max(0, (self.now - at) // DAY_MS)

    def _dated(self, key: str, when: datetime, **more: str) -> str:
        fields = {"day": when.day, "month": when.month, "name": _MONTHS[when.month - 1], "year": when.year}
        return self.words.part(key, **fields, **more)

    def _at(self, at: int) -> datetime:
        # A CRM's nonsense date must not break an answer.
        return datetime.fromtimestamp(min(max(at, 0), _LAST_MS) / 1000, self.zone)
