"""What a do-not-call list or the database of reassigned numbers forbids for one phone number."""

from __future__ import annotations

from datetime import date, datetime

from afterglow.rules.facts import Channel, ClientFacts, Purpose
from afterglow.rules.timing import add_months, local_day, spoken_day

FRESH_DAYS = 31  # 47 CFR 64.1200(c)(2)(i)(D): a list at most this old
KNOWN_MONTHS = 18  # 47 CFR 64.1200(f)(5): so long after a purchase a business may still call
TOO_OLD = "the do-not-call list on file is older than 31 days"
NOT_COMPARED = "the number has not been compared with a do-not-call list"


def number_refusal(channel: Channel, purpose: Purpose, *, client: ClientFacts, now: datetime, timezone: str) -> str:
    """Why no such text or call may go to this number; empty when no list stands in the way.

    A reassigned number gets nothing at all. A listed one gets marketing only on a written consent of the practice's
    own; without one, a client who has not come for 18 months needs a list that is at most 31 days old, if the practice
    uses lists.
    """
    if has_new_owner(client, timezone):
        assert client.number.reassigned_on is not None
        return f"the number was given to somebody else (said on {spoken_day(client.number.reassigned_on)})"
    needed = Purpose.VOICE if channel is Channel.VOICE else Purpose.MARKETING
    if purpose is not Purpose.MARKETING or (channel, needed) in client.number.written:
        return ""
    return _listed(client, now, timezone)


def has_new_owner(client: ClientFacts, timezone: str) -> bool:
    """Whether the number was reassigned after the client's newest consent from it and their last visit."""
    said_on = client.number.reassigned_on
    if said_on is None:
        return False
    signs = (client.number.agreed_on, _last_visit_on(client, timezone))
    return all(sign is None or sign < said_on for sign in signs)


def _listed(client: ClientFacts, now: datetime, timezone: str) -> str:
    number, today = client.number, local_day(now, timezone)
    if number.is_listed:
        assert number.compared_on is not None
        return f"the number is on the do-not-call list of {spoken_day(number.compared_on)}"
    if not number.has_lists or not _is_dormant(client, today, timezone):
        return ""
    if number.compared_on is None:
        return NOT_COMPARED
    return TOO_OLD if (today - number.compared_on).days > FRESH_DAYS else ""


def _is_dormant(client: ClientFacts, today: date, timezone: str) -> bool:
    last_on = _last_visit_on(client, timezone)
    return last_on is None or add_months(last_on, KNOWN_MONTHS) < today


def _last_visit_on(client: ClientFacts, timezone: str) -> date | None:
    return local_day(client.last_visit_at, timezone) if client.last_visit_at is not None else None
