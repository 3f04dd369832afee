"""Whether a client can be reached about care at all, and visits that are listed because nobody could."""

from __future__ import annotations

from collections.abc import Iterable

from afterglow.models import Practice, Visit
from afterglow.models.standing import Reachable, Standing, standing_consents
from afterglow.rules.facts import Channel, Purpose

UNREACHABLE = "cannot be reached"


def why_unreachable(client: Reachable, standing: Standing) -> str:
    """Why no message about care can reach this client; empty when one can."""
    if not client.phone and not client.email:
        return f"{UNREACHABLE}: no phone number and no e-mail address"
    if client.email or (Channel.SMS, Purpose.CARE) in standing.granted:
        return ""
    return f"{UNREACHABLE}: no consent to texts about care and no e-mail address"


def review_reach(practice: Practice, client_ids: Iterable[int]) -> None:
    """Visits listed because their client could not be reached leave the list once there is a way."""
    listed = Visit.objects.filter(
        practice=practice,
        client_id__among=client_ids,
        coverage=Visit.Coverage.NOT_COVERED,
        coverage_reason__startswith=UNREACHABLE,
    ).select_related("client")
    visits = list(listed)
    standing = standing_consents(practice, {v.client_id: v.client for v in visits}.values())
    reached = [v.pk for v in visits if not why_unreachable(v.client, standing[v.client_id])]
    Visit.objects.filter(practice=practice, pk__in=reached).update(coverage=Visit.Coverage.PLANNED, coverage_reason="")
