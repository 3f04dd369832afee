"""Sign that a part of the machine is alive."""

from __future__ import annotations

from datetime import datetime

from afterglow.models import Heartbeat


def beat(*, part: str, now: datetime, detail: str = "") -> None:
    """The last time this part was alive is now."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": now, "detail": detail})
