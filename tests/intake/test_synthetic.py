"""The synthetic practice: nobody real, nothing missing, the same again for the same seed."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import date
from itertools import islice
from pathlib import Path

import afterglow
from afterglow.intake.columns import CONTRACT
from afterglow.intake.contract import VisitReported, VisitStatus
from afterglow.intake.synthetic import generate, write_practice
from tests.intake.files import read

SHIPPED = Path(afterglow.__file__).parent / "library/demo/visits.csv"
UNTIL = date(2026, 11, 22)


def _visits() -> list[VisitReported]:
    visits, faults = read(SHIPPED)
    assert not any(fault.is_fatal for fault in faults)
    return visits


def test_the_shipped_file_is_what_its_seed_makes() -> None:
    made = io.StringIO()
    write_practice(made, seed=7, until=UNTIL)
    assert made.getvalue() == SHIPPED.read_text(encoding="utf-8")


def test_another_seed_makes_another_practice() -> None:
    assert list(generate(seed=7, until=UNTIL, clients=5, visits=15)) != list(
        generate(seed=8, until=UNTIL, clients=5, visits=15)
    )


def test_the_file_has_the_columns_of_our_contract_and_as_many_visits_as_asked() -> None:
    assert tuple(SHIPPED.read_text(encoding="utf-8").splitlines()[0].split(",")) == CONTRACT
    visits = _visits()
    assert len(visits) == len({visit.external_id for visit in visits}) == 1500
    assert 390 <= len({visit.client.external_id for visit in visits}) <= 400


def test_nobody_in_it_can_be_reached() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", phone) for phone in re.findall(r"\+1\d{5,}", text))
    assert all(address.endswith("@example.test") for address in re.findall(r"[^,\s]+@[^,\s]+", text))


def test_it_is_the_evening_of_the_export() -> None:
    for visit in _visits():
        is_ahead = visit.starts_at.date() > UNTIL
        assert visit.status is not (VisitStatus.COMPLETED if is_ahead else VisitStatus.BOOKED)
        assert visit.booked_at is not None
        assert visit.updated_at is not None
        assert visit.booked_at < visit.starts_at <= visit.ended_at
        assert visit.booked_at <= visit.updated_at
        assert visit.updated_at.date() <= UNTIL


def test_everything_that_makes_a_practice_awkward_is_in_it() -> None:
    visits = _visits()
    clients = {visit.client.external_id: visit.client for visit in visits}.values()
    phones = Counter(client.phone for client in clients if client.phone)
    services = " ".join(service.name for visit in visits for service in visit.services)
    assert {visit.status for visit in visits} == set(VisitStatus)
    assert any(len(visit.services) == 2 for visit in visits)
    assert any(service.series_total for visit in visits for service in visit.services)
    assert max(phones.values()) > 1
    assert any(not client.phone for client in clients)
    assert any(not client.email for client in clients)
    assert any(not client.consents for client in clients)
    assert any(client.language == "es" for client in clients)
    assert all(
        word in services for word in ("Radiance Package", "Gift Card", "Consult", "dissolve", "ouch", "Botox", "LHR")
    )
    assert 0.45 < sum((v.starts_at - v.booked_at).days >= 3 for v in visits if v.booked_at) / len(visits) < 0.65


def test_a_practice_of_any_size_starts_at_once() -> None:
    """The rows come one by one: a million visits need no more memory than ten."""
    rows = list(islice(generate(seed=1, until=UNTIL, clients=200_000, visits=1_000_000), 10))
    assert len(rows) == 10
