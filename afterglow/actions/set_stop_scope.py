"""Choose how far a stop without further words reaches."""

from __future__ import annotations

from datetime import date

from afterglow.models import Practice
from afterglow.models.scope import practice_scope


def set_stop_scope(*, practice_id: int, marketing_only_from: date | None) -> None:
    """A bare STOP ends all automated texts and calls; from that day on, one that answers an offer ends offers only.

    Without a day it ends everything, for good. 47 CFR 64.1200(a)(10) demands that from 31 January 2027 on, as waived
    until then.
    """
    with practice_scope(practice_id):
        Practice.objects.filter(pk=practice_id).update(
            stop_scope="marketing" if marketing_only_from else "everything", stop_scope_from=marketing_only_from
        )
