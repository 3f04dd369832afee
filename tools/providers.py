"""The tables of docs/reference/providers.md, made from the registry: `python -m tools.providers` prints the page."""

from __future__ import annotations

from collections.abc import Iterator

from afterglow.channels.config_check import ConfigFault, Key
from afterglow.channels.contract import Capabilities
from afterglow.channels.registry import HOOK_MEANINGS, PROVIDERS
from afterglow.rules.facts import Channel

CALLBACKS = "https://follow-up.example.com/hooks/messages/TOKEN/"
ABILITIES = (
    ("Asked after a doubt", "has_look_up"),
    ("Drops what is late", "has_expiry"),
    ("Pictures", "has_media"),
    ("Keeps quiet hours", "holds_quiet_hours"),
)
ALL = [(channel, name) for channel, providers in PROVIDERS.items() for name in providers]


def overview() -> Iterator[str]:
    """The table of all providers: one row each."""
    heads = ["Channel", "Provider", "Reports back", *(head for head, _ in ABILITIES), "The same again is taken once"]
    yield _row(heads)
    yield "|---" * len(heads) + "|"
    for channel, name in ALL:
        yield overview_row(channel, name)


def overview_row(channel: Channel, name: str) -> str:
    abilities = _abilities(channel, name)
    link = f"[`{name}`](#{channel}-{name})"
    marks = ["yes" if has else "" for has in (PROVIDERS[channel][name].hooks, *_marks(abilities))]
    hours = abilities.repeats_safely_for.total_seconds() / 3600
    return _row([channel, link, *marks, f"for {hours:g} h" if hours else ""])


def settings_table(channel: Channel, name: str) -> Iterator[str]:
    """The table of an account's settings; nothing when it needs none."""
    keys = PROVIDERS[channel][name].keys
    if keys:
        yield "| Setting | Meaning | |"
        yield "|---|---|---|"
    for key in keys:
        yield _row([f"`{key.name}`", _sentence(key.meaning), _asked(key)])


def hooks_table(channel: Channel, name: str) -> Iterator[str]:
    """The table of the addresses at which the provider calls us; nothing when it never does."""
    hooks = PROVIDERS[channel][name].hooks
    if hooks:
        yield "| Calls us at | To tell us | |"
        yield "|---|---|---|"
    for hook, known in hooks.items():
        entered = "entered at the provider" if known.is_entered else "told with every message"
        yield _row([f"`/hooks/messages/<token>/{hook}/`", HOOK_MEANINGS[hook], entered])


def _marks(abilities: Capabilities) -> Iterator[bool]:
    return (getattr(abilities, field) for _, field in ABILITIES)


def _abilities(channel: Channel, name: str) -> Capabilities:
    """What an account as in the examples can do; nothing special if it needs a package that is not installed."""
    provider = PROVIDERS[channel][name]
    try:
        return provider.from_config({k.name: k.example for k in provider.keys if k.example}, CALLBACKS).capabilities
    except ConfigFault:
        return Capabilities(channel=channel)


def _asked(key: Key) -> str:
    asked = "" if not key.is_required else f"`{key.default}` unless said" if key.default else "required"
    return ", ".join(word for word in (asked, "secret" if key.is_secret else "") if word)


def _sentence(meaning: str) -> str:
    return meaning.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _page() -> Iterator[str]:
    yield from overview()
    for channel, name in ALL:
        yield f"\n## {channel} {name}\n"
        yield from settings_table(channel, name)
        yield ""
        yield from hooks_table(channel, name)


if __name__ == "__main__":
    print("\n".join(_page()))
