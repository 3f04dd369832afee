"""What an owner reads on a phone when Afterglow is in trouble. No client is ever in it."""

from __future__ import annotations

from collections.abc import Iterable

from afterglow.rules.vocabulary import spoken_list

_ENDED = {
    "scheduler": "Afterglow runs",
    "worker": "the worker runs",
    "queue": "messages go out on time",
    "outage": "the provider answers",
    "unknown": "no message is in doubt",
    "source": "visits are reported",
    "failing": "messages are accepted",
    "unread": "reports are read",
    "unreadable": "reports can be read",
}


def alert_text(practice: str, reasons: Iterable[str], *, where: str) -> str:
    """What is wrong and where to look."""
    return f"Afterglow at {practice}: {' '.join(reasons)} See {where}"


def relief_text(practice: str, kinds: Iterable[str], *, where: str) -> str:
    """That what they were told about is over."""
    ended = spoken_list(dict.fromkeys(_ENDED.get(kind, kind) for kind in kinds))
    return f"Afterglow at {practice}: all right again, {ended}. See {where}"
