"""The settings of provider accounts: those that several share, and every fault at once, in plain sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Rule = Callable[[Mapping[str, str]], Iterable[str]]

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ConfigFault(ValueError):
    """The settings of a provider account are incomplete or wrong. `sentences` says all of it, never a value."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting of a provider account. `meaning` tells a person what belongs here."""

    name: str
    meaning: str
    pattern: str = r".+"
    default: str = ""
    example: str = ""  # for the docs and for tests; never a real account
    is_required: bool = True
    is_secret: bool = False


PHONE_NUMBER = r"\+[1-9]\d{6,14}"
POSITIVE_NUMBER = r"(?=.*[1-9])\d{1,4}(\.\d{1,3})?"
UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
FROM = Key(
    name="from",
    meaning="the address clients see and answer to, like Glow <hello@example.com>",
    pattern=r"[^<>@\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+",
    example="Glow <hello@example.com>",
)


def address_key(vendor: str, address: str) -> Key:
    """The setting that says where a provider's API is."""
    return Key(
        name="address",
        meaning=f"the web address of {vendor}'s API; another one only for a stand-in",
        pattern=r"https?://[^\s?#]+",
        default=address,
        example=address,
    )


def checked(config: Mapping[str, str], *, keys: Sequence[Key], rules: Sequence[Rule] = ()) -> dict[str, str]:
    """A value for every key, defaults filled in and blanks trimmed; raises ConfigFault with everything that is wrong.

    `rules` look at several settings together; each answers with the sentences of what it finds.
    """
    settings = {key.name: config.get(key.name, "").strip() or key.default for key in keys}
    faults = [*_unknown(config, settings)]
    for key in keys:
        faults += _faults_of(key, settings[key.name])
    for rule in rules:
        faults += rule(settings)
    if faults:
        raise ConfigFault(faults)
    return settings


def private_address(name: str, *, what: str) -> Rule:
    """A rule for `checked`: what is sent to this web address, if one is set, cannot be read on the way."""

    def is_private(settings: Mapping[str, str]) -> Iterable[str]:
        address = urlsplit(settings[name])
        if settings[name] and address.scheme != "https" and address.hostname not in LOOPBACK:
            yield f"The setting {name} must begin with https://, or {what} travel readable by others."

    return is_private


has_private_address = private_address("address", what="numbers and messages")


def _unknown(config: Mapping[str, str], settings: Mapping[str, str]) -> Iterable[str]:
    known = ", ".join(settings) or "none"
    return [f"There is no setting called {name}; the settings are: {known}." for name in config if name not in settings]


def _faults_of(key: Key, value: str) -> list[str]:
    if not value:
        return [f"The setting {key.name} is missing: {key.meaning}."] if key.is_required else []
    if not re.fullmatch(key.pattern, value):
        return [f"The setting {key.name} does not look right: it should be {key.meaning}."]
    return []
