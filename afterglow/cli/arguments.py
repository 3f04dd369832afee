"""What people write on a command line: used, or refused with a sentence that says what to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from afterglow.cli.output import refuse
from afterglow.intake import cells
from afterglow.rules.zones import state_names


def text_of(path: Path) -> str:
    """The text of this file."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        refuse(f"{path}: cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        refuse(f"{path}: is not a text file in UTF-8. Save it as one.")


def checked_zone(name: str) -> str:
    """The name of this time zone."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        refuse(f"“{name}” is not a time zone. Use a name such as America/Chicago.")


def checked_state(letters: str) -> str:
    """The two capital letters of this state."""
    if letters.upper() not in state_names():
        refuse(f"“{letters}” is no state. Use two letters such as TX.")
    return letters.upper()


def checked_phone(text: str) -> str:
    """This number in its international form; empty stays empty."""
    try:
        return cells.phone(text) if text else ""
    except cells.Unusable as unusable:
        refuse(f"“{text}”: {unusable}")


def checked_email(text: str) -> str:
    """This address; empty stays empty."""
    try:
        return cells.email(text) if text else ""
    except cells.Unusable as unusable:
        refuse(f"“{text}”: {unusable}")


def checked_day(text: str) -> date:
    """The day that is meant."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse(f"“{text}” is not a day. Write it like 2026-12-31.")


def checked_evidence(text: str) -> str:
    """What proves consents; empty stays empty."""
    try:
        return cells.evidence(text) if text else ""
    except cells.Unusable as unusable:
        refuse(str(unusable))
