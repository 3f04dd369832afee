"""The same form sent twice at one moment, and two YES at one moment: in a real database with real threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from afterglow.actions.accept_form import accept_form
from afterglow.actions.asked_consent import Asked
from afterglow.actions.confirm_request import confirm_requests
from afterglow.actions.open_practice import open_practice
from afterglow.models import Consent, ConsentRequest, ConsentText, LedgerEntry, Notice, Practice
from afterglow.models.scope import practice_scope
from afterglow.models.wordings import current_wordings
from afterglow.rules.consent_texts import Offer
from tests.databases import LiveDatabase
from tests.world import NOW

PHONE = "+12075550177"
AT_ONCE = 4


def together(work: Callable[[], object]) -> list[object]:
    """What this gives when several threads do it at the same moment."""
    ready = Barrier(AT_ONCE)

    def one(_: int) -> object:
        try:
            ready.wait(10)
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_it_is_recorded_once(live_database: LiveDatabase) -> None:
    practice_id = open_practice(name="Glow", timezone="America/New_York", state="ME", now=NOW).practice_id

    def send() -> object:
        with practice_scope(practice_id):
            wordings = current_wordings(Practice.objects.get(pk=practice_id), "en", [Offer.CARE_TEXTS])
        asked = Asked(
            first_name="Ines",
            last_name="Moreau",
            phone=PHONE,
            email="",
            language="en",
            ticked={Offer.CARE_TEXTS: wordings[Offer.CARE_TEXTS].digest},
            source="form",
            evidence="Consent form abc",
            at=NOW,
        )
        return accept_form(practice_id=practice_id, asked=asked, wordings=wordings.values(), nonce="one-page", now=NOW)

    assert len(set(map(repr, together(send)))) == 1
    said = together(lambda: confirm_requests(practice_id=practice_id, phone=PHONE, now=NOW))
    assert sorted(map(str, said)) == ["False"] * (AT_ONCE - 1) + ["True"]
    with practice_scope(practice_id):
        assert ConsentRequest.objects.count() == ConsentText.objects.count() == Consent.objects.count() == 1
        assert LedgerEntry.objects.count() == 1
        assert Notice.objects.filter(kind="double_opt_in").count() == 1
