"""A client asks to stop in any way but by text: on the phone, in person, by e-mail, on our own page."""

from __future__ import annotations

from datetime import datetime

from afterglow.actions.confirm_request import cancel_requests
from afterglow.actions.release_touches import release_touches
from afterglow.actions.revoke_consents import revoke_at
from afterglow.models import Client
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from afterglow.rules.optout import OptOut, Scope, Wish
from afterglow.rules.revocation import Revocation, what_ends
from afterglow.rules.timing import local_day

SAID = {
    "phone": "said on the phone",
    "in_person": "said in person",
    "email": "written by e-mail",
    "voicemail": "left on our voicemail",
}
STAFF = "staff"


class NothingToEnd(Exception):
    """The client has neither the number nor the mailbox that this stop is about."""


def note_stop(
    *, practice_id: int, client_id: int, scope: Scope, how: str, words: str = "", by: str, now: datetime
) -> Revocation:
    """What a client asked for, noted by staff, has ended from this moment; the sentence says what that is.

    `how` is one of SAID; `words` are the client's own, if they were written down. Nothing is confirmed by text: it was
    said to a person. It cannot be taken back: another consent needs another grant. Raises NothingToEnd.
    """
    quoted = f": “{words.strip()}”" if words.strip() else ""
    evidence = f"{SAID[how]}, noted by {by}{quoted}"
    return stop_client_messages(
        practice_id=practice_id, client_id=client_id, scope=scope, source=STAFF, evidence=evidence, by=by, now=now
    )


def stop_client_messages(
    *, practice_id: int, client_id: int, scope: Scope, source: str, evidence: str, by: str = "", now: datetime
) -> Revocation:
    """What this scope is about has ended at the client's number and mailbox, whoever shares them. NothingToEnd."""
    with practice_scope(practice_id):
        client = Client.objects.select_related("practice").get(practice=practice_id, pk=client_id)
        found = what_ends(
            OptOut(wish=Wish.STOP, scope=scope), channel=Channel.SMS, on=local_day(now, client.practice.timezone)
        )
        if not any(client.email if channel is Channel.EMAIL else client.phone for channel, _ in found.ends):
            raise NothingToEnd(NothingToEnd.__doc__)
        revoke_at(
            practice_id=practice_id,
            whats=found.ends,
            phone=client.phone,
            emails=[client.email] if client.email else [],
            source=source,
            evidence=evidence,
            by=by,
            now=now,
        )
        if client.phone and any(channel is Channel.SMS for channel, _ in found.ends):
            cancel_requests(practice_id=practice_id, phone=client.phone, now=now)
        release_touches(practice_id=practice_id, client_ids=_sharing(client), now=now)
        return found


def _sharing(client: Client) -> list[int]:
    """Everybody whose messages are decided anew: a number and a mailbox belong to all who share them."""
    ids = {client.pk}
    for address in ("phone", "email"):
        if value := getattr(client, address):
            here = Client.objects.filter(practice=client.practice_id, **{address: value})
            ids |= set(here.values_list("pk", flat=True))
    return sorted(ids)
