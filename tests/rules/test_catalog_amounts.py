"""How much and which session a service name tells."""

from __future__ import annotations

from decimal import Decimal

import pytest

from afterglow.rules.catalog import match_service


@pytest.mark.parametrize(
    ("name", "quantity", "unit"),
    [
        ("Botox 20u", "20", "unit"),
        ("Dysport, 60 units", "60", "unit"),
        ("Lip filler 0.55 mL", "0.55", "ml"),
        ("Voluma, two syringes", "2", "syringe"),
        ("Lip filler ½ syringe", "0.5", "syringe"),
        ("Filler 1 1/2 syringes", "1.5", "syringe"),
        ("Sculptra 2 vials", "2", "vial"),
        ("Botox 3 zonas", "3", "area"),
        ("Sema 0.25mg", "0.25", "mg"),
    ],
)
def test_a_quantity_is_read_with_its_unit(name: str, quantity: str, unit: str) -> None:
    match = match_service(name)

    assert (match.quantity, match.unit) == (Decimal(quantity), unit)


@pytest.mark.parametrize("name", ["Botox $12/unit", "TCA 20%", "RHA 3", "HydraFacial 45 min", "B12 shot"])
def test_a_price_a_strength_or_a_name_is_no_quantity(name: str) -> None:
    assert match_service(name).quantity is None


@pytest.mark.parametrize(
    ("name", "session", "total"),
    [
        ("LHR Brazilian 2/6", 2, 6),
        ("Pkg 3 of 6 – microneedling", 3, 6),
        ("Emsculpt visit 2 of 4", 2, 4),
        ("Emsculpt tummy 1st of 4", 1, 4),
        ("Depilación láser sesión 2 de 8", 2, 8),
        ("Emsculpt #3", 3, None),
        ("PRP hair 3rd session", 3, None),
    ],
)
def test_a_session_of_a_series_is_read(name: str, session: int, total: int | None) -> None:
    match = match_service(name)

    assert (match.session, match.session_total) == (session, total)


@pytest.mark.parametrize("name", ["RHA 2/3/4", "1/2 syringe filler", "Botox 6/2", "Botox 20u", "Level 2 peel"])
def test_other_numbers_are_no_session(name: str) -> None:
    assert match_service(name).session is None
