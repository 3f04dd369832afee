"""Moments and dates as people and systems write them, read in the practice's own zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from afterglow.intake.cells import Unusable

DATE_ORDERS = ("ymd", "mdy", "dmy")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_BIRTH_YEARS = range(1900, 2101)
_LONGEST_ISO_DATE = 10
LONGEST_TIME = 11
_NUMERIC = re.compile(r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})(?:[t, ]+(\S.*))?")
_MONTH_FIRST = re.compile(
    r"(?:[a-z]{3,9},? )?([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?:,? (?:at )?(\d.*))?"
)
_DAY_FIRST = re.compile(r"(?:[a-z]{3,9},? )?(\d{1,2})[ -]([a-z]{3,9})\.?,?[ -](\d{4})(?:,? (?:at )?(\d.*))?")
_TIME = re.compile(r"(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.\d+)?)?)? ?(?:([ap])\.?m\.?)? ?(z|[+-]\d{2}:?\d{2})?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class OrderNeeded(Unusable):
    """A date such as 05/06/2026, and nobody said whether the month or the day comes first."""

    def __init__(self) -> None:
        super().__init__(
            "This date can be read in two ways (day first or month first), so it was not guessed and the row was left "
            "out. Choose the date order: `--date-order mdy` (US: month first) or `--date-order dmy` (day first); "
            "or write dates like 2026-05-06."
        )


class Calendar:
    """Reads dates and times for one practice: its zone, and the order its files write a date in."""

    def __init__(self, *, timezone: str, date_order: str = "") -> None:
        self._zone = ZoneInfo(timezone)
        self._order = date_order
        self._has_plain_clock: dict[int, bool] = {}

    def moment(self, raw: str) -> tuple[datetime, bool]:
        """The aware moment, and whether a time of day was given; without one it is the local midnight."""
        try:
            at, has_time = datetime.fromisoformat(raw), len(raw) > _LONGEST_ISO_DATE
        except ValueError:
            at, has_time = self._written_out(raw)
        if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise Unusable("The year is not plausible. Write the moment like 2026-05-06 14:30.")
        return (at if at.tzinfo is not None else self.local(at)), has_time

    def day(self, raw: str) -> date:
        """A date of birth. Two-digit years are refused: nobody can tell 1926 from 2026."""
        try:
            on = date.fromisoformat(raw)
        except ValueError:
            on = self._written_out(raw, has_short_years=False)[0].date()
        if on.year not in _BIRTH_YEARS:
            raise Unusable("The year is not plausible. Write the date like 1985-04-30.")
        return on

    def time_of(self, raw: str, *, on: datetime) -> datetime:
        """A time of day alone ("3:15 PM"), on the local date of another moment."""
        match = _TIME.fullmatch(raw.strip().casefold())
        if match is None:
            raise _not_a_moment()
        naive = _combined(on.year, on.month, on.day, match)
        return naive if naive.tzinfo is not None else self.local(naive)

    def moment_on(self, on: datetime) -> Callable[[str], tuple[datetime, bool]]:
        """Reads a moment, or a time of day alone as one on the local date of another moment."""

        def read(raw: str) -> tuple[datetime, bool]:
            if len(raw) <= LONGEST_TIME and _TIME.fullmatch(raw.casefold()):
                return self.time_of(raw, on=on), True
            return self.moment(raw)

        return read

    def local(self, naive: datetime) -> datetime:
        """The wall clock of the practice. An hour that comes twice is its first; one that is skipped moves forward."""
        at = naive.replace(tzinfo=self._zone)
        ordinal = naive.toordinal()
        is_plain = self._has_plain_clock.get(ordinal)
        if is_plain is None:
            midnight = datetime(naive.year, naive.month, naive.day, tzinfo=self._zone)
            is_plain = midnight.utcoffset() == (midnight + timedelta(days=1)).utcoffset()
            self._has_plain_clock[ordinal] = is_plain
        return at if is_plain else at.astimezone(UTC).astimezone(self._zone)

    def noon(self, at: datetime) -> datetime:
        return self.local(datetime.combine(at.date(), time(12)))

    def _written_out(self, raw: str, *, has_short_years: bool = True) -> tuple[datetime, bool]:
        text = " ".join(raw.casefold().split())
        year, month, day, clock = self._parts(text, has_short_years=has_short_years)
        match = _TIME.fullmatch(clock) if clock else None
        if clock and match is None:
            raise _not_a_moment()
        return _combined(year, month, day, match), match is not None

    def _parts(self, text: str, *, has_short_years: bool) -> tuple[int, int, int, str]:
        if match := _NUMERIC.fullmatch(text):
            first, second, third = match[1], match[3], match[4]
            year, month, day = self._ordered(first, second, third)
            if len(year) == 2 and has_short_years:
                year = "20" + year
            if len(year) != 4:
                raise Unusable("The year needs four digits. Write the date like 2026-05-06.")
            return int(year), int(month), int(day), match[5] or ""
        if match := _MONTH_FIRST.fullmatch(text):
            return int(match[3]), _month(match[1]), int(match[2]), match[4] or ""
        if match := _DAY_FIRST.fullmatch(text):
            return int(match[3]), _month(match[2]), int(match[1]), match[4] or ""
        raise _not_a_moment()

    def _ordered(self, first: str, second: str, third: str) -> tuple[str, str, str]:
        if len(first) == 4:
            return first, second, third
        match self._order:
            case "mdy":
                return third, first, second
            case "dmy":
                return third, second, first
            case "ymd":
                return first, second, third
        raise OrderNeeded


def _month(word: str) -> int:
    if word[:3] not in _MONTHS:
        raise _not_a_moment()
    return _MONTHS.index(word[:3]) + 1


def _combined(year: int, month: int, day: int, clock: re.Match[str] | None) -> datetime:
    hour, minute, second, offset = 0, 0, 0, ""
    if clock is not None:
        hour, minute, second = (int(part or 0) for part in clock.group(1, 2, 3))
        offset = clock[5] or ""
        if clock[4]:
            hour = _of_twelve(hour, is_afternoon=clock[4] == "p")
        elif clock[2] is None:
            raise _not_a_moment()
    try:
        return datetime.fromisoformat(
            f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset.upper()}"
        )
    except ValueError:
        raise Unusable(_NO_SUCH_MOMENT) from None


_NO_SUCH_MOMENT = (
    "There is no such date or time. Check the day, the month and the date order; write it like 2026-05-06 14:30."
)


def _of_twelve(hour: int, *, is_afternoon: bool) -> int:
    if not 1 <= hour <= 12:
        raise _not_a_moment()
    return hour % 12 + (12 if is_afternoon else 0)


def _not_a_moment() -> Unusable:
    return Unusable("This is not a date that can be read. Write it like 2026-05-06 14:30, or 2026-05-06 for a day.")
