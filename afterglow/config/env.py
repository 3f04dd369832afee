"""Values from the environment, read once and checked where they are read."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off", ""})


class WrongSetting(ImproperlyConfigured):
    """A value of the environment that cannot be used. The message names it and says what is expected."""


def text(name: str, default: str = "") -> str:
    """The value of NAME without surrounding space, or the default."""
    return os.environ.get(name, default).strip()


def secret(name: str, default: str = "") -> str:
    """The value of NAME, or the content of the file that NAME_FILE names (the way containers hand out secrets)."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name, default)
    if text(name):
        raise WrongSetting(f"Both {name} and {name}_FILE are set. Keep one of them.")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise WrongSetting(f"{name}_FILE names a file that cannot be read: {path} ({error.strerror}).") from error


def flag(name: str, *, default: bool = False) -> bool:
    """True for 1, true, yes, on; false for 0, false, no, off."""
    value = text(name, "yes" if default else "no").lower()
    if value not in _YES | _NO:
        raise WrongSetting(f"{name} must be yes or no, not {value!r}.")
    return value in _YES


def number(name: str, default: int, *, least: int = 1) -> int:
    """A whole number of at least `least`."""
    value = text(name)
    if not value:
        return default
    if not value.isdecimal() or int(value) < least:
        raise WrongSetting(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise WrongSetting(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """The parts of a comma-separated list."""
    return _split(text(name, default))


def secret_words(name: str) -> list[str]:
    """The parts of a comma-separated secret, also from NAME_FILE."""
    return _split(secret(name))


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]
