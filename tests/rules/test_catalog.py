"""What a service name is taken for: the words of real menus, their traps, and staff's own answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.catalog import Correction, Match, MatchedTreatment, match_service, service_key
from afterglow.rules.vocabulary import AREAS, BRANDS, FAMILIES

DECISIONS = {"enrol", "ask", "no_follow_up"}


@pytest.mark.parametrize(
    ("name", "treatments"),
    [
        ("Kysse", [("ha_filler", "restylane", "")]),
        ("BOTOX® – GLABELLA 💉", [("neuromodulator", "botox", "glabella")]),
        ("Dysprot 50u", [("neuromodulator", "dysport", "")]),
        ("Relleno de labios", [("ha_filler", "", "lips")]),
        ("depilacion LASER axilas", [("laser_hair_removal", "", "underarms")]),
        ("Lsr hair U/A + bik", [("laser_hair_removal", "", "underarms+bikini")]),
        ("Lip flip", [("neuromodulator", "", "lip_flip")]),
        ("Laser hair, upper lip", [("laser_hair_removal", "", "face")]),
        ("Radiesse filler, hands", [("biostimulator", "radiesse", "hands")]),
        ("BBL HERO face", [("ipl", "bbl", "face")]),
        ("PRP hairline", [("prp", "", "scalp")]),
    ],
)
def test_a_name_is_one_treatment_with_its_brand_and_area(name: str, treatments: list[tuple[str, str, str]]) -> None:
    assert _treatments(match_service(name)) == treatments


@pytest.mark.parametrize(
    ("name", "treatments"),
    [
        ("Dysport 50 plus Kysse lips", [("neuromodulator", "dysport", ""), ("ha_filler", "restylane", "lips")]),
        ("Microneedling w/ PRP, face", [("microneedling", "", "face"), ("prp", "", "face")]),
        ("LHR full back + filler", [("laser_hair_removal", "", "back"), ("ha_filler", "", "")]),
        ("Filler & LHR full back", [("ha_filler", "", ""), ("laser_hair_removal", "", "back")]),
        ("HydraFacial + brow wax", [("hydrafacial", "hydrafacial", "")]),
        ("Cheek + chin filler", [("ha_filler", "", "cheeks+chin")]),
    ],
)
def test_each_treatment_of_a_combination_keeps_its_own_area(name: str, treatments: list[tuple[str, str, str]]) -> None:
    assert _treatments(match_service(name)) == treatments


@pytest.mark.parametrize(
    ("name", "decision"),
    [
        ("Botox hair treatment", "no_follow_up"),
        ("Alisado botox", "no_follow_up"),
        ("Lip blush", "no_follow_up"),
        ("Microblading", "no_follow_up"),
        ("Threading brows", "no_follow_up"),
        ("Lymphatic detox", "no_follow_up"),
        ("Tox consultation", "no_follow_up"),
        ("2wk tox check", "no_follow_up"),
        ("Gift card HydraFacial", "no_follow_up"),
        ("Botox deposit", "no_follow_up"),
        ("Prepay LHR x6", "no_follow_up"),
        ("Post-Botox follow-up", "ask"),
        ("BBL", "ask"),
        ("BBL butt lift", "ask"),
        ("Carbon laser peel", "ask"),
        ("Nano needling", "ask"),
        ("Hydra peel", "ask"),
        ("Laser", "ask"),
        ("Touch up", "ask"),
        ("Follow up", "ask"),
        ("Microneedling package of 3", "ask"),
        ("O-Shot", "ask"),
        ("Botox or filler", "ask"),
        ("Botox facial", "ask"),
        ("PRP knee", "ask"),
    ],
)
def test_a_false_friend_never_starts_a_plan(name: str, decision: str) -> None:
    match = match_service(name)

    assert match.decision == decision
    assert (match.family, match.brand, match.area) == ("none", "", "")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Detox facial", "facial"),
        ("Cryo facial", "facial"),
        ("Halo + BBL", "laser_resurfacing+ipl"),
        ("Sculptra BBL", "biostimulator"),
        ("Skin Pen visit 2 of pack", "microneedling"),
        ("Botox touch-up", "neuromodulator"),
        ("Ozempic check + refill", "weight_management"),
        ("Consult + Dysport 30u", "neuromodulator"),
        ("No filler, just Botox", "neuromodulator"),
        ("Training model – lip filler", "ha_filler"),
        ("IPL underarm hair removal", "laser_hair_removal"),
        ("Filler – Dr. Miller", "ha_filler"),
        ("Botox w/ nurse Frank", "neuromodulator"),
    ],
)
def test_a_real_treatment_is_not_mistaken_for_a_trap(name: str, family: str) -> None:
    assert (match_service(name).decision, match_service(name).family) == ("enrol", family)


@pytest.mark.parametrize(
    ("name", "code", "family", "brand"),
    [
        ("Injection service", "J0585", "neuromodulator", "botox"),
        ("Injection service", "j0586 ", "neuromodulator", "dysport"),
        ("Collagen visit", "Q2028", "biostimulator", "sculptra"),
        ("Service 14", "LHRBRZ", "laser_hair_removal", ""),
        ("Laser", "LHR-FACE", "laser_hair_removal", ""),
    ],
)
def test_a_code_that_names_its_treatment_beats_the_name(name: str, code: str, family: str, brand: str) -> None:
    match = match_service(name, code)

    assert (match.decision, match.family, match.brand) == ("enrol", family, brand)


def test_a_code_keeps_the_area_that_only_the_name_tells() -> None:
    assert match_service("Glabellar lines", "J0586").area == "glabella"


def test_a_code_nobody_can_explain_decides_nothing() -> None:
    assert match_service("Botox 20u", "X99-A").treatments == match_service("Botox 20u").treatments
    assert match_service("Miscellaneous", "X99-A").decision == "ask"


def test_an_in_house_code_does_not_overrule_a_name_that_says_nothing_was_treated() -> None:
    assert match_service("Botox consultation", "BTX20").decision == "ask"


def test_the_reason_can_be_read_out() -> None:
    assert match_service("Kysse 1 ml").reason == "“Kysse” is a Restylane filler"
    assert match_service("Lip blush").reason == "“Lip blush” is a beauty service"
    assert match_service("J-something", "J0585").reason == "code J0585 is onabotulinumtoxinA"


def test_an_unknown_service_is_asked_about_with_little_confidence() -> None:
    match = match_service("Zyxomatic 3000")

    assert match.decision == "ask"
    assert match.confidence < 0.2


def test_an_ambiguous_service_offers_what_it_may_be() -> None:
    assert match_service("BBL").alternates == ("ipl", "biostimulator")
    assert "laser_hair_removal" in match_service("Laser session").alternates


def test_a_typing_error_costs_confidence() -> None:
    assert match_service("Juvaderm Vollur").confidence < match_service("Juvederm Vollure").confidence


@given(st.text(max_size=60), st.text(max_size=12))
def test_any_text_gets_an_answer_in_the_vocabulary(name: str, code: str) -> None:
    match = match_service(name, code)

    assert match.decision in DECISIONS
    assert bool(match.treatments) == (match.decision == "enrol")
    assert 0 <= match.confidence <= 1
    assert match.reason
    for treatment in match.treatments:
        assert treatment.family in FAMILIES
        assert set(treatment.brand.split("+")) <= {"", *BRANDS}
        assert set(treatment.area.split("+")) <= {"", *AREAS}


WORDS = [
    "Botox",
    "lip",
    "filler",
    "laser",
    "hair",
    "PRP",
    "Kysse",
    "consult",
    "+",
    "2/6",
    "20u",
    "deposit",
    "peel",
    "w/",
]
menu_names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@given(menu_names)
def test_case_and_spacing_change_nothing(name: str) -> None:
    told = match_service(name)
    shouted = match_service(f"  {name.upper().replace(' ', '   ')} ")

    assert (shouted.treatments, shouted.decision) == (told.treatments, told.decision)
    assert service_key(name.upper()) == service_key(f" {name}  ")


@given(menu_names, st.sampled_from(["", "J0585", "LHRBRZ", "777"]), st.sampled_from(sorted(DECISIONS)))
def test_what_staff_decided_always_wins(name: str, code: str, decision: str) -> None:
    treatments = (MatchedTreatment("threads", "instalift", "cheeks"),) if decision == "enrol" else ()
    key = service_key(name, code)

    match = match_service(name, code, corrections={key: Correction(key, decision, treatments, by="Kit")})

    assert (match.decision, match.treatments, match.confidence) == (decision, treatments, 1.0)
    assert match.reason.startswith("Kit decided")


def test_an_answer_for_one_service_says_nothing_about_another() -> None:
    key = service_key("Glow session")
    corrections = {key: Correction(key, "enrol", (MatchedTreatment("facial"),))}

    assert match_service("GLOW  session", corrections=corrections).family == "facial"
    assert match_service("Glow session deluxe", corrections=corrections).decision == "ask"


def _treatments(match: Match) -> list[tuple[str, str, str]]:
    return [(t.family, t.brand, t.area) for t in match.treatments]
