"""The public pages that a message may point to."""

from __future__ import annotations

from afterglow.config.tickets import sign_ticket
from afterglow.rules.tokens import Links


def public_links(site_url: str, practice_id: int, touch_id: int, *, booking: str = "") -> Links:
    """The pages that a message of this touch may point to. Without a booking address, ours says whom to call."""
    ticket = sign_ticket(practice_id, touch_id)
    return Links(
        booking=booking or f"{site_url}/b/{ticket}",
        aftercare=f"{site_url}/c/{ticket}",
        photo=f"{site_url}/p/{ticket}",
        unsubscribe=f"{site_url}/u/{ticket}",
    )
