"""The last link of a practice's chain, and the key of its address digests."""

from __future__ import annotations

from django.db import connection

from afterglow.config.sealing import new_key
from afterglow.models import LedgerHead
from afterglow.models.ledger_keys import address_key, wrapped_address_key
from afterglow.rules.ledger import BEFORE_THE_FIRST, Place


def lock_head(practice_id: int) -> Place:
    """The end of the chain, ours until the transaction ends. Lock nothing else afterwards: see `at_the_end`."""
    heads = LedgerHead.objects.filter(practice=practice_id).select_for_update(no_key=True)
    return Place(*heads.values_list("number", "digest").get())


def move_head(practice_id: int, place: Place) -> None:
    """The chain ends here now."""
    LedgerHead.objects.filter(practice=practice_id).update(number=place.number, digest=place.digest)


def begun_address_key(practice_id: int) -> bytes:
    """The key of the practice's address digests; the first use begins its ledger. Raises SealBroken."""
    key = address_key(practice_id)
    if key is None:
        _begin(practice_id)
        key = address_key(practice_id)
    assert key is not None
    return key


def _begin(practice_id: int) -> None:
    """Whoever comes second waits for the first, and takes its head."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO afterglow_ledgerhead (practice_id, number, digest, address_key_sealed) "
            "VALUES (%s, 0, %s, %s) ON CONFLICT (practice_id) DO NOTHING",
            [practice_id, BEFORE_THE_FIRST, wrapped_address_key(practice_id, new_key())],
        )
