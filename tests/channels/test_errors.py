"""A provider's error codes end in the few kinds that the rest of the house acts on."""

from __future__ import annotations

import pytest

from afterglow.channels.contract import REFUSALS, RETRYABLE
from afterglow.channels.errors import TWILIO_IN_DOUBT, TWILIO_KINDS, masked, refused


def test_every_code_has_a_kind_that_exists() -> None:
    assert set(TWILIO_KINDS.values()) <= REFUSALS.keys()


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ({21211, 21614, 30005, 30006}, "invalid_address"),
        ({21610}, "opted_out"),
        ({21602, 21617, 30007}, "content"),
        ({20003, 21606, 21703, 30002, 30034}, "configuration"),
        ({20429, 21611, 30001, 30022}, "rate"),
        ({30036}, "expired"),
    ],
)
def test_a_code_means_what_the_provider_documents(codes: set[int], kind: str) -> None:
    assert {TWILIO_KINDS[code] for code in codes} == {kind}


def test_what_is_in_doubt_has_no_kind_and_so_is_never_sent_again() -> None:
    assert not TWILIO_IN_DOUBT & TWILIO_KINDS.keys()
    assert "expired" not in RETRYABLE


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
