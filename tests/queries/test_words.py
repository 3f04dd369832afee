from __future__ import annotations

from datetime import date, timedelta

import pytest

from afterglow.queries.words import by_channels, day_number, excerpt, treatments_label, waited
from afterglow.rules.facts import Channel, TreatmentFacts
from tests.world import NOW


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=22), "22 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=3, minutes=50), "3 h"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=9), "9 days"),
        (timedelta(minutes=-5), "now"),
    ],
)
def test_waiting_is_told_in_one_unit(span: timedelta, said: str) -> None:
    assert waited(NOW - span, now=NOW) == said


@pytest.mark.parametrize(("days", "said"), [(0, "today"), (1, "day 1"), (155, "day 155"), (-9, "in 9 days")])
def test_days_are_counted_from_the_visit(days: int, said: str) -> None:
    today = date(2027, 3, 10)
    assert day_number(today - timedelta(days=days), today=today) == said


@pytest.mark.parametrize(
    ("treatments", "said"),
    [
        ([TreatmentFacts(family="neuromodulator", brand="botox")], "Botox"),
        ([TreatmentFacts(family="ha_filler", area="lips")], "Filler, lips"),
        ([TreatmentFacts(family="none", service="Glow Ritual")], "Glow Ritual"),
        ([TreatmentFacts(family="ha_filler"), TreatmentFacts(family="hydrafacial")], "Filler + HydraFacial"),
        ([], "No service reported"),
    ],
)
def test_a_visit_is_named_as_staff_would(treatments: list[TreatmentFacts], said: str) -> None:
    assert treatments_label(treatments) == said


def test_channels_are_named_together() -> None:
    assert by_channels([Channel.SMS, Channel.EMAIL]) == "by text and e-mail"


def test_an_excerpt_ends_at_a_word() -> None:
    assert excerpt("How are you\nfeeling today, Rosa?", length=20) == "How are you…"
    assert excerpt("Short") == "Short"
