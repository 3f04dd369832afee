"""The picture of messages per day, as numbers a template can draw: no style attributes, no script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from afterglow.queries.upcoming import DayCount
from afterglow.queries.words import counted

_STEP = 56  # width of a day
_BAR = 32
_TALL = 96
_TOP = 24  # room for the number above the tallest bar
_FEET = 44  # room for the weekday and the date

Address = Callable[[date], str] | None  # where a click on a day leads; none: nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBar:
    on: date
    count: int
    x: int
    middle: int
    y: int
    height: int
    is_chosen: bool
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBars:
    bars: Sequence[DayBar]
    width: int
    height: int
    floor: int
    finding: str


def day_bars(counts: Sequence[DayCount], *, chosen: date | None, address: Address) -> DayBars:
    """One bar for each day, and the finding in a sentence for those who cannot see it."""
    most = max((c.count for c in counts), default=0)
    floor = _TOP + _TALL
    bars = [_bar(c, n, most, floor, chosen, address) for n, c in enumerate(counts)]
    return DayBars(
        bars=bars, width=len(bars) * _STEP, height=floor + _FEET, floor=floor, finding=_finding(counts, most)
    )


def _bar(count: DayCount, place: int, most: int, floor: int, chosen: date | None, address: Address) -> DayBar:
    height = max(round(_TALL * count.count / most), 3) if count.count else 0
    return DayBar(
        on=count.on,
        count=count.count,
        x=place * _STEP + (_STEP - _BAR) // 2,
        middle=place * _STEP + _STEP // 2,
        y=floor - height,
        height=height,
        is_chosen=count.on == chosen,
        address=address(count.on) if address else "",
    )


def _finding(counts: Sequence[DayCount], most: int) -> str:
    total = sum(c.count for c in counts)
    if not total:
        return f"No messages are planned for the next {len(counts)} days."
    busiest = next(c.on for c in counts if c.count == most)
    day = f"{busiest:%A} {busiest.day} {busiest:%B}"
    return f"{counted(total, 'message')} in {len(counts)} days, the most on {day}: {most}."
