"""What clients agree to: the library says all that it must, and a wording that does not is told what it lacks."""

from __future__ import annotations

import pytest

from afterglow.rules.consent_lint import faults_in, lacking_in
from afterglow.rules.consent_texts import LANGUAGES, Offer, digest_of, filled, notice_text, page_words, sheet, standard
from afterglow.rules.facts import Channel, PracticeFacts
from afterglow.rules.segments import measure

JUNIPER = PracticeFacts(
    name="Juniper Skin Studio", phone="(207) 555-0134", address="12 Alder St", messages_per_day=1, marketing_per_week=2
)
EVERY = [(offer, language) for offer in Offer for language in LANGUAGES]


@pytest.mark.parametrize(("offer", "language"), EVERY)
def test_every_wording_of_the_library_says_all_that_it_must(offer: Offer, language: str) -> None:
    text = standard(offer, language).text
    assert faults_in(offer, text, language=language) == ()
    said = filled(text, practice=JUNIPER, language=language)
    assert "{" not in said
    assert lacking_in(offer, said, practice_name=JUNIPER.name) == ()


@pytest.mark.parametrize(
    ("offer", "left_out", "advice"),
    [
        (Offer.MARKETING_TEXTS, "{practice}", "Name who asks"),
        (Offer.MARKETING_TEXTS, "using an automated system", "an automated system sends"),
        (
            Offer.MARKETING_TEXTS,
            "Agreeing is not a condition of buying anything or of being treated.",
            "not a condition",
        ),
        (Offer.MARKETING_TEXTS, "{marketing_frequency}.", "Say how often"),
        (Offer.MARKETING_TEXTS, "Msg & data rates may apply.", "data rates may apply"),
        (Offer.MARKETING_TEXTS, "Reply STOP to stop,", "Say how it ends"),
        (Offer.MARKETING_TEXTS, "HELP for help,", "how to get help"),
        (
            Offer.MARKETING_TEXTS,
            "No mobile information is shared with third parties or affiliates for their marketing.",
            "not shared with third parties",
        ),
        (Offer.CARE_TEXTS, "Texts are not encrypted:", "not encrypted"),
        (Offer.VOICE, "prerecorded or artificial (computer-made) voice", "prerecorded or artificial"),
        (Offer.MARKETING_EMAIL, "Every e-mail has a link that ends them.", "a link that ends them"),
        (Offer.PHOTO, "until I take it back", "taken back"),
        (Offer.FUNDED, "These companies pay {practice} for it; they do not get my data.", "companies pay"),
    ],
)
def test_a_wording_without_a_disclosure_is_told_what_to_write(offer: Offer, left_out: str, advice: str) -> None:
    text = standard(offer, "en").text
    assert left_out in text
    faults = faults_in(offer, text.replace(left_out, ""), language="en")
    assert advice in " ".join(faults)


def test_the_care_box_sells_nothing() -> None:
    text = standard(Offer.CARE_TEXTS, "en").text + " And special offers."
    assert "Leave offers out" in " ".join(faults_in(Offer.CARE_TEXTS, text, language="en"))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "Write the words"),
        ("{practice} {clinic}", "There is no {clinic}"),
        ("{practice} " + "x" * 3000, "Shorten it"),
    ],
)
def test_what_is_no_wording_at_all_is_told_so(text: str, advice: str) -> None:
    assert advice in " ".join(faults_in(Offer.PHOTO, text, language="en"))


def test_a_yes_to_care_proves_no_consent_to_marketing() -> None:
    care = filled(standard(Offer.CARE_TEXTS, "en").text, practice=JUNIPER, language="en")
    lacking = lacking_in(Offer.MARKETING_TEXTS, care, practice_name=JUNIPER.name)
    assert "it does not say that these are marketing messages" in lacking


def test_words_that_name_another_seller_prove_nothing() -> None:
    other = filled(standard(Offer.VOICE, "es").text, practice=PracticeFacts(name="Quiet Harbor"), language="es")
    assert lacking_in(Offer.VOICE, other, practice_name=JUNIPER.name) == ("it does not name Juniper Skin Studio",)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["double_opt_in", "confirmation"])
@pytest.mark.parametrize("offer", [Offer.CARE_TEXTS, Offer.MARKETING_TEXTS])
def test_the_texts_around_a_consent_fit_one_part_and_say_what_carriers_ask_for(
    language: str, kind: str, offer: Offer
) -> None:
    text = notice_text(kind, practice=JUNIPER, language=language, offers=frozenset({offer}))
    size = measure(text)
    assert (size.is_plain, size.segments) == (True, 1)
    for word in ("Juniper Skin Studio", "STOP", "HELP", "1" if offer is Offer.CARE_TEXTS else "2"):
        assert word in text


def test_how_often_follows_the_practices_own_caps() -> None:
    text = standard(Offer.MARKETING_TEXTS, "en").text
    busy = PracticeFacts(name="Juniper Skin Studio", marketing_per_week=5)
    assert "Up to 5 messages a week." in filled(text, practice=busy, language="en")
    calm = PracticeFacts(name="Juniper Skin Studio", marketing_per_week=1)
    assert "Up to 1 message a week." in filled(text, practice=calm, language="en")


def test_the_same_words_have_the_same_digest_and_any_other_a_different_one() -> None:
    assert digest_of("a b") == digest_of("a b") != digest_of("a  b")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_and_its_sheets_leave_nothing_open(language: str) -> None:
    words = page_words(practice=JUNIPER, language=language)
    assert words.keys() == page_words(practice=JUNIPER, language="en").keys()
    assert {name for name, text in words.items() if "{" in text} <= {"next_yes", "next_start", "next_dead"}
    for name in ("terms", "privacy"):
        assert "{" not in " ".join(sheet(name, practice=JUNIPER, language=language).paragraphs)


def test_what_a_tick_covers_never_reaches_beyond_its_box() -> None:
    covered = [key for offer in Offer for key in offer.covers]
    assert len(covered) == len(set(covered))
    assert all(channel is not Channel.STAFF_TASK for channel, _ in covered)
