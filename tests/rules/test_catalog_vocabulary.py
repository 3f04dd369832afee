"""The vocabulary file: complete, and without two answers for one phrase."""

from __future__ import annotations

import pytest

from afterglow.rules.catalog import match_service
from afterglow.rules.catalog_lexicon import Meaning, lexicon
from afterglow.rules.vocabulary import AREAS, BRANDS, FAMILIES


def test_every_family_brand_and_area_has_words() -> None:
    meanings = _meanings()

    assert {m.family for m in meanings if m.kind == "treatment"} == set(FAMILIES)
    assert {m.brand for m in meanings if m.brand} == set(BRANDS)
    assert {m.area for m in meanings if m.area} == set(AREAS)


def test_no_phrase_means_two_treatments_or_two_areas() -> None:
    for phrase, meanings in lexicon().phrases.items():
        told = [m for m in meanings if m.kind in ("treatment", "device")]
        assert len(told) <= 1, phrase
        assert len([m for m in meanings if m.kind == "area"]) <= 1, phrase
        assert not (told and any(m.kind in ("noise", "aside") for m in meanings)), phrase


def test_rules_only_speak_of_words_that_exist() -> None:
    kinds = {"family": set(FAMILIES), "loose": set(FAMILIES), "area": set(AREAS), "device": set(lexicon().devices)}
    kinds["aside"] = set(lexicon().asides)
    kinds["unit"] = {"unit", "ml", "syringe", "vial"}
    cues = {m.cue for m in _meanings() if m.cue} | {"area", "aside", "unknown", "treated"}
    for rule in lexicon().rules:
        for tag in (*rule.when, *rule.any_of, *rule.unless):
            kind, _, value = tag.partition(":")
            assert value in kinds[kind] if value else kind in cues, tag
        assert not rule.family or rule.family in FAMILIES
        assert not rule.aside or rule.aside in lexicon().asides


def test_every_open_word_offers_families_that_exist() -> None:
    offered = [f for families in lexicon().open_cues.values() for f in families]
    offered += [f for aside in lexicon().asides.values() for f in aside.alternates]

    assert set(offered) <= set(FAMILIES)


@pytest.mark.parametrize("brand", sorted(BRANDS))
def test_a_brand_by_its_own_name_is_known(brand: str) -> None:
    match = match_service(BRANDS[brand])

    assert match.decision == "ask" if brand in ("picoway", "bbl") else match.brand == brand


@pytest.mark.parametrize("code", sorted(lexicon().codes))
def test_a_public_code_is_decisive_or_a_question(code: str) -> None:
    match = match_service("Service", code)

    assert match.decision == lexicon().codes[code].get("decision", "enrol")
    assert code in match.reason


def _meanings() -> list[Meaning]:
    return [m for meanings in lexicon().phrases.values() for m in meanings]
