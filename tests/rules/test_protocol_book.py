"""The most specific protocol that is on wins, and nothing is planned without a reason."""

import pytest

from afterglow.rules.facts import Channel, Function, Offset, Purpose, TreatmentFacts
from afterglow.rules.protocol import Anchor, Protocol, Step, Template
from afterglow.rules.protocol_book import NoProtocol, ProtocolBook


def protocol(
    key: str,
    *,
    family: str = "neuromodulator",
    rebook: Offset | None = None,
    brands: str = "",
    areas: str = "",
    is_default_area: bool = False,
    is_on: bool = True,
    is_draft: bool = False,
) -> Protocol:
    step = Step(
        key="rebook",
        function=Function.REBOOK,
        purpose=Purpose.MARKETING,
        anchor=Anchor.VISIT,
        send_after=rebook or Offset(amount=75, unit="days"),
        valid_for=Offset(amount=12, unit="months"),
        channels=(Channel.SMS,),
        templates={Channel.SMS: Template(body="Hello?")},
    )
    return Protocol(
        key=key,
        title=key,
        treatment_class=family,
        families=frozenset({family}),
        brands=frozenset(brands.split()),
        areas=frozenset(areas.split()),
        is_default_area=is_default_area,
        is_on=is_on,
        is_draft=is_draft,
        steps=(step,),
    )


def months(amount: int) -> Offset:
    return Offset(amount=amount, unit="months")


TOXIN = protocol("toxin")
DAXXIFY = protocol("daxxify", brands="daxxify", rebook=months(5))
LIP_FLIP = protocol("lip_flip", areas="lip_flip", rebook=Offset(amount=42, unit="days"))
LIPS = protocol("lips", family="ha_filler", areas="lips under_eye", is_default_area=True, rebook=months(5))
CHEEKS = protocol("cheeks", family="ha_filler", areas="cheeks jawline chin", rebook=months(10))
BOOK = ProtocolBook([TOXIN, DAXXIFY, LIP_FLIP, CHEEKS, LIPS])


@pytest.mark.parametrize(
    ("family", "brand", "area", "expected"),
    [
        ("neuromodulator", "", "", "toxin"),
        ("neuromodulator", "botox", "forehead", "toxin"),
        ("neuromodulator", "daxxify", "", "daxxify"),
        ("neuromodulator", "daxxify", "forehead", "daxxify"),
        ("neuromodulator", "daxxify", "lip_flip", "lip_flip"),
        ("neuromodulator", "botox+daxxify", "", "toxin"),
        ("neuromodulator", "botox", "forehead+lip_flip", "lip_flip"),
        ("ha_filler", "", "lips", "lips"),
        ("ha_filler", "juvederm", "cheeks", "cheeks"),
        ("ha_filler", "", "cheeks+lips", "lips"),
        ("ha_filler", "", "cheeks+chin", "cheeks"),
        ("ha_filler", "", "", "lips"),
        ("ha_filler", "", "nose", "lips"),
        ("ha_filler", "", "hands", "lips"),
        ("ha_filler", "", "other", "lips"),
        ("ha_filler", "", "cheeks+other", "lips"),
    ],
)
def test_area_comes_before_brand_and_brand_before_family(family: str, brand: str, area: str, expected: str) -> None:
    found = BOOK.find(TreatmentFacts(family=family, brand=brand, area=area))
    assert isinstance(found, Protocol)
    assert found.key == expected


def test_a_special_plan_that_is_off_leaves_the_general_one() -> None:
    book = ProtocolBook([TOXIN, protocol("lip_flip", areas="lip_flip", is_on=False, is_draft=True)])
    assert book.find(TreatmentFacts(family="neuromodulator", area="lip_flip")) == TOXIN


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        ("ipl", "the plan for IPL is a draft that waits for the medical director's signature"),
        ("facial", "the plan for facial is switched off"),
        ("kybella", "there is no follow-up plan for Kybella"),
        ("none", "nobody has said yet what kind of treatment this was"),
    ],
)
def test_nothing_planned_always_has_a_reason(family: str, reason: str) -> None:
    draft = protocol("ipl", family="ipl", is_on=False, is_draft=True)
    book = ProtocolBook([TOXIN, draft, protocol("facial", family="facial", is_on=False)])
    assert book.find(TreatmentFacts(family=family)) == NoProtocol(reason)


def test_the_answer_does_not_depend_on_the_order_of_the_files() -> None:
    twin = protocol("a_twin")
    treatment = TreatmentFacts(family="neuromodulator")
    assert ProtocolBook([TOXIN, twin]).find(treatment) == ProtocolBook([twin, TOXIN]).find(treatment) == twin


def test_a_protocol_that_is_off_cannot_be_fetched() -> None:
    book = ProtocolBook([TOXIN, protocol("ipl", family="ipl", is_on=False)])
    assert book.get("toxin") == TOXIN
    with pytest.raises(KeyError):
        book.get("ipl")
