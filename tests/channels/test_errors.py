"""A provider's error codes end in the few kinds that the rest of the house acts on."""

from __future__ import annotations

import pytest

from afterglow.channels.contract import REFUSALS, RETRYABLE
from afterglow.channels.errors import masked, refused
from afterglow.channels.errors_twilio import TWILIO_IN_DOUBT, TWILIO_KINDS, twilio_kind


def test_every_code_has_a_kind_that_exists() -> None:
    assert set(TWILIO_KINDS.values()) <= REFUSALS.keys()


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ({21211, 21604, 21612, 21614, 21635, 30004, 30005, 30006}, "invalid_address"),
        ({13223, 13224, 21214, 21217}, "invalid_address"),
        ({21610}, "opted_out"),
        ({21602, 21617, 21620, 21623, 30007, 30450, 63016}, "content"),
        ({20003, 20404, 21408, 21603, 21606, 21608, 21703, 21704, 21705, 30002}, "configuration"),
        ({30024, 30032, 30033, 30034, 30035}, "configuration"),
        ({11200, 11205, 57012, 21210, 21212, 21213, 21215, 21216, 21219}, "configuration"),
        ({10004, 20429, 21611, 30001, 30022, 30023}, "rate"),
        ({30003}, "unavailable"),
        ({30036}, "expired"),
    ],
)
def test_a_code_means_what_the_provider_documents(codes: set[int], kind: str) -> None:
    assert {TWILIO_KINDS[code] for code in codes} == {kind}


def test_what_is_in_doubt_has_no_kind_and_so_is_never_sent_again() -> None:
    assert not TWILIO_IN_DOUBT & TWILIO_KINDS.keys()
    assert "expired" not in RETRYABLE


@pytest.mark.parametrize(
    ("code", "kind"),
    [("30006", "invalid_address"), ("30008", "unavailable"), ("30410", ""), ("1", ""), ("", ""), ("E7", ""), ("²", "")],
)
def test_a_report_of_failure_tells_its_cause_where_there_is_one(code: str, kind: str) -> None:
    assert twilio_kind(code) == kind


@pytest.mark.parametrize(
    "words",
    [
        "The number +12025550143 is not valid",
        "The number (202) 555-0143 is not valid",
        "<rosa@example.test>: no such user",
    ],
)
def test_the_words_of_a_refusal_name_nobody(words: str) -> None:
    said = masked(words)

    assert "0143" not in said
    assert "rosa" not in said
    assert "…" in said


def test_a_refusal_without_words_is_explained_by_its_kind() -> None:
    assert refused("opted_out", "21610").detail == REFUSALS["opted_out"]
