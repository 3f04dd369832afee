"""What became of each day's messages, as numbers a template can draw: stacked bars, no style attributes, no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from afterglow.queries.health import STATUSES, DayShare, Share
from afterglow.queries.words import counted

_STEP = 88  # width of a day
_BAR = 48
_TALL = 120
_TOP = 24  # room for the number above the tallest bar
_FEET = 44  # room for the weekday and the date
LABELS = {"delivered": "Delivered", "accepted": "Taken", "unknown": "In doubt", "failed": "Failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One status of a bar."""

    status: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StackedBar:
    on: date
    share: Share
    middle: int
    top: int
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBars:
    bars: Sequence[StackedBar]
    width: int
    height: int
    floor: int
    finding: str


def share_bars(days: Sequence[DayShare]) -> ShareBars:
    """One bar for each day, and the finding in a sentence for those who cannot see it."""
    most = max((day.share.total for day in days), default=0)
    floor = _TOP + _TALL
    return ShareBars(
        bars=[_bar(day, place, most, floor) for place, day in enumerate(days)],
        width=len(days) * _STEP,
        height=floor + _FEET,
        floor=floor,
        finding=_finding(days),
    )


def meter(share: Share, *, width: int = 240, height: int = 12) -> Sequence[Piece]:
    """The same share lying down."""
    x, pieces = 0, []
    for status in STATUSES:
        count = getattr(share, status)
        if count:
            wide = max(round(width * count / share.total), 3)
            pieces.append(Piece(status=status, x=x, y=0, width=min(wide, width - x), height=height))
            x += wide
    return pieces


def _bar(day: DayShare, place: int, most: int, floor: int) -> StackedBar:
    y, pieces = floor, []
    for status in STATUSES:
        count = getattr(day.share, status)
        if count:
            height = max(round(_TALL * count / most), 3)  # a single failure among thousands can be seen
            y -= height
            x = place * _STEP + (_STEP - _BAR) // 2
            pieces.append(Piece(status=status, x=x, y=y, width=_BAR, height=height))
    return StackedBar(on=day.on, share=day.share, middle=place * _STEP + _STEP // 2, top=y - 8, pieces=pieces)


def _finding(days: Sequence[DayShare]) -> str:
    total = sum(day.share.total for day in days)
    if not total:
        return f"No messages left in the last {len(days)} days."
    failed, unknown = (sum(getattr(day.share, status) for day in days) for status in ("failed", "unknown"))
    doubt = f", {unknown:,} in doubt" if unknown else ""
    return f"{counted(total, 'message')} left in {len(days)} days: {failed:,} failed{doubt}."
