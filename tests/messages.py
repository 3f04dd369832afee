"""Messages of ours as the sending path leaves them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from afterglow.models import Attempt, Message, Touch


def sent_message(
    touch: Touch,
    *,
    status: str,
    at: datetime,
    channel: str = "sms",
    address: str = "+12075550101",
    body: str = "Hello",
    provider_id: str = "",
    token: str = "",
    **attempt: Any,
) -> Attempt:
    """The attempt of a message that was made for this touch at that moment. `attempt`: its other columns."""
    message = Message.objects.create(
        practice_id=touch.practice_id,
        client_id=touch.client_id,
        touch=touch,
        direction=Message.Direction.OUT,
        channel=channel,
        address=address,
        body=body,
        status=status,
        provider_id=provider_id,
        at=at,
    )
    return Attempt.objects.create(
        practice_id=touch.practice_id,
        message=message,
        touch=touch,
        channel=channel,
        token=token or f"t{message.pk}",
        started_at=at,
        provider_id=provider_id,
        **{"is_primary": True, **attempt},
    )
