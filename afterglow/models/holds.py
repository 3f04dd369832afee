"""What the rules are told about accounts that are out of order."""

from __future__ import annotations

from afterglow.models.practice import Outage
from afterglow.rules.facts import Channel, Hold


def open_holds(practice_id: int) -> dict[Channel, Hold]:
    """The accounts out of order. One query. Inside a practice scope."""
    rows = Outage.objects.filter(practice=practice_id, ended_at=None)
    return {
        Channel(channel): Hold(since=since, retry_at=retry_at, reason=reason)
        for channel, since, retry_at, reason in rows.values_list("channel", "began_at", "retry_at", "reason")
    }
