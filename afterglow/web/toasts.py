"""A word about what was just done, with a way to take it back. It carries no names: it travels in a cookie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest

_UNDO = "undo "


@dataclass(frozen=True, slots=True)
class Toast:
    text: str
    undo: str  # the address that takes it back; empty when nothing can
    is_fault: bool


def toast(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Show this on the next page."""
    messages.success(request, text, extra_tags=f"{_UNDO}{undo}" if undo else "")


def fault(request: HttpRequest, text: str) -> None:
    """Say on the next page why something was not done."""
    messages.error(request, text)


def toasts(request: HttpRequest) -> dict[str, object]:
    """What the base template shows, and whose practice the bar is about (context processor)."""
    return {"toasts": _pending(request), "bar": getattr(request, "bar", None)}


def _pending(request: HttpRequest) -> Iterator[Toast]:
    for message in messages.get_messages(request):
        yield Toast(
            text=str(message.message),
            undo=(message.extra_tags or "").removeprefix(_UNDO),
            is_fault=message.level == messages.ERROR,
        )
