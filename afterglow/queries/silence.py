"""Who gets no automated text: staff see it wherever they see the client."""

from __future__ import annotations

from collections.abc import Iterable

from afterglow.models import Practice
from afterglow.models.client_facts import people_of
from afterglow.models.standing import standing_consents


def silent_clients(practice: Practice, client_ids: Iterable[int | None]) -> frozenset[int]:
    """Those of these clients whose number has stopped all texts. Two queries, if there are any."""
    wanted = {client_id for client_id in client_ids if client_id is not None}
    if not wanted:
        return frozenset()
    standing = standing_consents(practice, people_of(practice, wanted).values())
    return frozenset(client_id for client_id, found in standing.items() if found.opted_out_at is not None)
