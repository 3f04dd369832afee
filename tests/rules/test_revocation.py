"""What ends when somebody asks to stop, and what the one answer says."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.facts import Channel, PracticeFacts, Purpose
from afterglow.rules.optout import OptOut, Scope, Wish, read_opt_out
from afterglow.rules.revocation import RevocationPolicy, help_text, stop_confirmation, what_ends
from afterglow.rules.segments import segments

PRACTICE = PracticeFacts(name="Glow Clinic", phone="(207) 555-0134")
TODAY = date(2027, 2, 1)
NARROW = RevocationPolicy(marketing_only_from=date(2027, 1, 31))

VOICE = {(Channel.VOICE, Purpose.VOICE)}
TEXTS = VOICE | {(Channel.SMS, purpose) for purpose in (Purpose.CARE, Purpose.APPOINTMENT, Purpose.MARKETING)}
EMAIL = {(Channel.EMAIL, purpose) for purpose in (Purpose.CARE, Purpose.APPOINTMENT, Purpose.MARKETING)}


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("STOP", TEXTS),
        ("please stop texting me", TEXTS),
        ("email only please", TEXTS),
        ("stop calling me", VOICE),
        ("stop emailing me", EMAIL),
        ("no marketing, only reminders please", VOICE | {(Channel.SMS, Purpose.MARKETING)}),
        (
            "no more promo texts or emails",
            VOICE | {(Channel.SMS, Purpose.MARKETING), (Channel.EMAIL, Purpose.MARKETING)},
        ),
        ("do not contact me in any way", TEXTS | EMAIL),
        ("thanks, feeling great", set()),
        ("START", set()),
    ],
)
def test_what_ends_is_what_was_asked(text: str, ends: set[tuple[Channel, Purpose]]) -> None:
    revocation = what_ends(read_opt_out(text), channel=Channel.SMS, on=TODAY)
    assert revocation.ends == ends
    assert bool(revocation.sentence) is bool(ends)


def test_a_bare_stop_by_mail_ends_mail() -> None:
    opt_out = read_opt_out("unsubscribe", channel=Channel.EMAIL)
    assert what_ends(opt_out, channel=Channel.EMAIL, on=TODAY).ends == EMAIL


@pytest.mark.parametrize(
    ("text", "in_reply_to", "on", "ends_care"),
    [
        ("STOP", Purpose.MARKETING, TODAY, False),
        ("STOP", Purpose.MARKETING, date(2027, 1, 31), False),
        ("STOP", Purpose.MARKETING, date(2027, 1, 30), True),  # not yet in force
        ("STOP", Purpose.CARE, TODAY, True),
        ("STOP", None, TODAY, True),
        ("stop all texts", Purpose.MARKETING, TODAY, True),
        ("never text me again", Purpose.MARKETING, TODAY, True),
        ("do not contact me", Purpose.MARKETING, TODAY, True),
    ],
)
def test_the_narrower_policy_spares_care_only_where_nothing_speaks_against_it(
    text: str, in_reply_to: Purpose | None, on: date, ends_care: bool
) -> None:
    revocation = what_ends(read_opt_out(text), channel=Channel.SMS, on=on, policy=NARROW, in_reply_to=in_reply_to)
    assert ((Channel.SMS, Purpose.CARE) in revocation.ends) is ends_care
    assert (Channel.SMS, Purpose.MARKETING) in revocation.ends


def test_without_a_policy_of_its_own_a_practice_ends_everything_by_text() -> None:
    assert what_ends(read_opt_out("STOP"), channel=Channel.SMS, on=TODAY, in_reply_to=Purpose.MARKETING).ends == TEXTS


def test_the_answer_names_the_practice_and_says_no_more_messages() -> None:
    said = stop_confirmation(PRACTICE, read_opt_out("STOP"))
    assert said == "Glow Clinic: You are unsubscribed and will get no more messages by text."


def test_after_a_bare_cancel_the_answer_says_whom_to_call() -> None:
    assert "To change an appointment call (207) 555-0134." in stop_confirmation(PRACTICE, read_opt_out("cancel"))
    assert "appointment" not in stop_confirmation(PRACTICE, read_opt_out("stop"))


def test_a_spanish_text_is_answered_in_spanish() -> None:
    assert stop_confirmation(PRACTICE, read_opt_out("ya no me escriban")).endswith(
        "Ya no enviaremos mensajes a su celular."
    )
    assert "cita" in stop_confirmation(PRACTICE, read_opt_out("cancelar"))
    assert "Responda STOP" in help_text(PRACTICE, read_opt_out("ayuda"))


def test_help_says_who_writes_whom_to_call_and_how_to_stop() -> None:
    said = help_text(PRACTICE, read_opt_out("HELP"))
    assert said.startswith("Glow Clinic: ")
    assert "(207) 555-0134" in said
    assert "STOP" in said


@given(
    name=st.text(max_size=200),
    phone=st.sampled_from(["", "(207) 555-0134"]),
    scope=st.sampled_from(Scope),
    is_ambiguous=st.booleans(),
    is_spanish=st.booleans(),
)
def test_every_answer_is_one_part_and_asks_nothing(
    name: str, phone: str, scope: Scope, is_ambiguous: bool, is_spanish: bool
) -> None:
    practice = PracticeFacts(name=name.replace("?", ""), phone=phone)
    opt_out = OptOut(wish=Wish.STOP, scope=scope, is_ambiguous=is_ambiguous, is_spanish=is_spanish)
    for said in (stop_confirmation(practice, opt_out), help_text(practice, opt_out)):
        assert segments(said) == 1
        assert len(said) <= 160
        assert "?" not in said
