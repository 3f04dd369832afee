"""How long each kind of record is kept: the default, the least a practice may choose, and why.

No legal advice: the periods are what statutes and limitation periods are commonly read to ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SIX_YEARS, TEN_YEARS = 2_192, 3_653  # days, with the leap days that can lie in them
MOST = 36_525  # a hundred years, in days


class Kind(StrEnum):
    """What is not kept for good."""

    RAW_EVENTS = "raw_events"
    MESSAGES = "messages"
    SCANS = "scans"
    LOOKS = "looks"
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """One kind of record. `days` and `least` are days; `then` says what happens when they are over."""

    kind: Kind
    title: str
    days: int
    least: int
    then: str
    reason: str


@dataclass(frozen=True, slots=True)
class ForGood:
    """Something that no clock removes."""

    title: str
    reason: str


class TooShort(Exception):
    """The practice chose a shorter time than there must be. The message is a sentence for people."""


class TooLong(Exception):
    """The practice chose more than a hundred years."""


def keepings() -> tuple[Keeping, ...]:
    """Every kind that has an end, shortest first."""
    return _KEEPINGS


def days_kept(kind: Kind, chosen: Mapping[str, int]) -> int:
    """For how many days this practice keeps such records: what it chose, never less than the least."""
    keeping = _BY_KIND[kind]
    return max(chosen.get(kind.value, keeping.days), keeping.least)


def checked_days(kind: Kind, days: int) -> int:
    """These days, if the practice may choose them. Raises TooShort, TooLong."""
    least = _BY_KIND[kind].least
    if days < least:
        raise TooShort(f"{_BY_KIND[kind].title} must be kept for at least {spoken_days(least)}.")
    if days > MOST:
        raise TooLong("A hundred years are the most that can be chosen.")
    return days


def spoken_days(days: int) -> str:
    """ "10 years" for whole years from two on, "90 days" for everything else."""
    years = round(days / 365.25)
    if years >= 2 and abs(days - years * 365.25) < 1.5:
        return f"{years} years"
    return "1 day" if days == 1 else f"{days:,} days"


_KEEPINGS = (
    Keeping(
        kind=Kind.REQUESTS,
        title="Consent requests nobody answered",
        days=30,
        least=2,
        then="deleted",
        reason="A request that was never answered allows nothing. What was answered is in the ledger.",
    ),
    Keeping(
        kind=Kind.RAW_EVENTS,
        title="What arrived from outside, as it came",
        days=90,
        least=14,
        then="deleted",
        reason="Reports of booking systems and providers, kept to read them again after a mistake. "
        "What counts of them is kept as visits, messages and consents.",
    ),
    Keeping(
        kind=Kind.LOOKS,
        title="Who looked at what",
        days=SIX_YEARS,
        least=SIX_YEARS,
        then="deleted",
        reason="Records of access are documentation under the HIPAA Security Rule: "
        "six years (45 CFR 164.312(b) and 164.316(b)(2)).",
    ),
    Keeping(
        kind=Kind.MESSAGES,
        title="Words of messages, answers and photos",
        days=TEN_YEARS,
        least=SIX_YEARS,
        then="the words go, that and when it was sent stays",
        reason="A claim about a text can be brought for four years (28 USC 1658), telemarketing records are kept for "
        "five (16 CFR 310.5), HIPAA documentation for six, and Virginia speaks of ten.",
    ),
    Keeping(
        kind=Kind.SCANS,
        title="Scans that prove a consent",
        days=TEN_YEARS,
        least=SIX_YEARS,
        then="the scan goes, its digest stays; not while the client is still written to",
        reason="As the messages that it allowed.",
    ),
)
_BY_KIND = {keeping.kind: keeping for keeping in _KEEPINGS}

FOR_GOOD = (
    ForGood(
        "Consents, revocations and the ledger",
        "A revocation holds for ever, and the ledger proves that nothing was changed. Erasing a client makes what "
        "it says about the client unreadable.",
    ),
    ForGood(
        "Visits, and which messages were planned, sent or stopped",
        "The practice's own record of its work. Without names once the client is erased.",
    ),
)
