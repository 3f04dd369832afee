"""One call to a provider, whatever its adapter does: an outcome that can be written down comes back, always."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from afterglow.actions.patience import Patience
from afterglow.channels.contract import Accepted, Outcome, OutgoingMessage, Refused, Sender, Unknown


async def call(sender: Sender, message: OutgoingMessage, *, patience: Patience) -> Outcome:
    """What the provider answered. What breaks in between leaves it unknown; nothing is raised."""
    # Whoever cannot be asked later is given all the time it takes.
    longest = patience.answer_within.total_seconds() if sender.capabilities.has_look_up else None
    try:
        async with asyncio.timeout(longest):
            return writable(await sender.send(message))
    except TimeoutError:
        return Unknown("TimeoutError")
    except (Exception, asyncio.CancelledError) as error:  # nobody cancels a call: it is the adapter's own doing
        return Unknown(f"{type(error).__name__} in the adapter")


def writable(outcome: Outcome) -> Outcome:
    """The same answer without the characters that no database keeps: one of them would spoil a whole batch."""
    match outcome:
        case Accepted(provider_id=provider_id):
            return replace(outcome, provider_id=_writable(provider_id))
        case Refused(code=code, detail=detail):
            return replace(outcome, code=_writable(code), detail=_writable(detail))
        case Unknown(detail=detail):
            return replace(outcome, detail=_writable(detail))


def _writable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")  # no half of a surrogate pair
