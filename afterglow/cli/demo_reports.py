"""What the demo's providers report in the evening about the messages of the day."""

from __future__ import annotations

from datetime import datetime

from afterglow.actions.record_deliveries import record_deliveries
from afterglow.actions.record_reactions import record_reactions
from afterglow.channels.simulation import reaction_to, report_about
from afterglow.models import Attempt, Message
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel


def report(*, practice_id: int, since: datetime, now: datetime) -> None:
    """Delivered, not delivered, link opened: recorded as the reports of a real provider are."""
    with practice_scope(practice_id):
        taken = Attempt.objects.filter(
            practice=practice_id,
            state=Attempt.State.ACCEPTED,
            started_at__gt=since,
            message__status=Message.Status.ACCEPTED,
        )
        left = [(Channel(c), address, token) for c, address, token in taken.values_list(*_FIELDS)]
    reports = [report_about(channel, address, token=token) for channel, address, token in left]
    reactions = [reaction_to(channel, address, token=token) for channel, address, token in left]
    record_deliveries(practice_id=practice_id, reports=reports, now=now)
    clicked = [reaction for reaction in reactions if reaction is not None]
    record_reactions(practice_id=practice_id, channel=Channel.EMAIL, reactions=clicked, now=now)


_FIELDS = ("channel", "message__address", "token")
