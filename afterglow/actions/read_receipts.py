"""Which of a provider's calls a kept event is, and what it says."""

from __future__ import annotations

from collections.abc import Sequence

from afterglow.channels.receipts import Call, Hook, Prompt, Receipt, UnreadableReceipt
from afterglow.channels.registry import PROVIDERS
from afterglow.models import RawEvent
from afterglow.rules.facts import Channel


def kind_of(*, channel: str, provider: str, hook: str) -> str:
    """The kind under which calls to this hook are kept: `sms.twilio.status`."""
    return f"{channel}.{provider}.{hook}"


def channel_of(kind: str) -> Channel:
    """The channel that calls of this kind are about."""
    return Channel(kind.partition(".")[0])


def hook_of(kind: str) -> Hook | Prompt | None:
    """The provider's hook behind this kind; none when no provider of ours has it."""
    channel, _, rest = kind.partition(".")
    provider, _, name = rest.partition(".")
    if channel not in PROVIDERS:
        return None
    known = PROVIDERS[Channel(channel)].get(provider)
    return known.hooks.get(name) if known else None


def read_receipts(event: RawEvent) -> Sequence[Receipt]:
    """What the kept call says, read by its own provider; raises UnreadableReceipt."""
    hook = hook_of(event.kind)
    if not isinstance(hook, Hook):
        raise UnreadableReceipt(f"nobody knows how to read “{event.kind}”")
    return hook.read(Call(url=f"?{event.query}", headers={}, body=bytes(event.body), content_type=event.content_type))
