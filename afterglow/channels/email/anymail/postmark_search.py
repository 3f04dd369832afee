"""Whether Postmark took a message: it lists what it took, and can be asked for our own id."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from afterglow.channels.contract import Absent, CannotTell, Found, LookUp, OutgoingMessage
from afterglow.channels.email.anymail.services import ID_FIELD

# Postmark does not say how soon a message is listed. Within this time an empty list proves nothing.
LISTED_AFTER = timedelta(minutes=5)


def postmark_search(backend: Any, message: OutgoingMessage) -> LookUp:
    """Found with Postmark's id; Absent only when Postmark's own clock says that it would be listed by now.

    https://postmarkapp.com/support/article/1125-custom-metadata-faq: a search by one field of the metadata.
    """
    try:
        response = backend.session.get(
            f"{backend.api_url}messages/outbound",
            params={"count": 1, "offset": 0, f"metadata_{ID_FIELD}": message.token},
            headers={"Accept": "application/json", "X-Postmark-Server-Token": backend.server_token},
            timeout=backend.timeout,
        )
        response.raise_for_status()
        listed = response.json()["Messages"]
        if listed:
            return Found(str(listed[0]["MessageID"]))
        answered_at = parsedate_to_datetime(response.headers["Date"])
        return _absent(message, answered_at)
    except (requests.RequestException, ValueError, LookupError, TypeError) as fault:
        # Only the kind of fault: its words may hold what we asked for.
        return CannotTell(type(fault).__name__)


def _absent(message: OutgoingMessage, answered_at: datetime) -> LookUp:
    if answered_at - message.created_at < LISTED_AFTER:
        return CannotTell("it is not listed yet")
    return Absent()
