"""A protocol is accepted only when its messages may be sent; each finding has its line."""

from __future__ import annotations

from afterglow.rules.protocol_file import check_protocol, parse_protocol
from tests.rules.test_protocol_file import GLOW

GREETING = "How are you?"
CLAIM = "Clients see 60% smoother skin. Do you?"
PROOF = '\nclaims = { sources = ["a study"], approved_by = "Hale" }'


def said(text: str) -> list[tuple[int, bool, str]]:
    return [
        (fault.line, fault.is_warning, fault.message.rsplit("[", 1)[-1].rstrip("]")) for fault in check_protocol(text)
    ]


def test_an_error_of_a_text_is_a_fault_at_its_line_and_a_note_is_a_warning() -> None:
    text = GLOW.replace(GREETING, "Rate your experience!!")

    assert (13, False, "survey_speak") in said(text)
    assert (13, True, "shouting") in said(text)


def test_a_finding_in_an_email_is_at_the_line_of_its_words() -> None:
    assert (29, False, "impersonal_greeting") in said(GLOW.replace('"friend"', '"customer"'))
    assert (27, True, "shouting") in said(GLOW.replace('Time for more?"\nemail.text', 'TIME FOR MORE"\nemail.text'))


def test_what_was_accepted_once_is_still_read() -> None:
    text = GLOW.replace(GREETING, "Please take our survey.")

    assert any(code == "survey_speak" for _, _, code in said(text))
    assert parse_protocol(text).key == "glow"


def test_a_step_records_what_stands_behind_its_claims() -> None:
    text = GLOW.replace(GREETING, CLAIM)
    backed = text.replace('"staff_task"]', f'"staff_task"]{PROOF}')

    assert any(code == "unsourced_claim" for _, _, code in said(text))
    assert not any(code == "unsourced_claim" for _, _, code in said(backed))
    assert parse_protocol(backed).step("day_1").claims.approved_by == "Hale"


def test_a_claim_without_an_approver_is_a_fault() -> None:
    text = GLOW.replace('"staff_task"]', '"staff_task"]\nclaims = { sources = ["a study"] }')

    assert any("claims.approved_by" in fault.message for fault in check_protocol(text))
