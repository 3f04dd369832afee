"""A protocol is a text that a clinician reviews: every mistake in it is named at once, with its line."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.facts import Channel, Function, Offset, Purpose
from afterglow.rules.protocol import Anchor, Late
from afterglow.rules.protocol_file import Fault, ProtocolFaults, check_protocol, parse_protocol

GLOW = '''\
key = "glow"
title = "Glow facial"
class = "facial"
families = ["facial", "hydrafacial"]
touch_up_within = "14 days"

[[steps]]
key = "day_1"
function = "check_in"
send_at = "24 hours"
valid_until = "48 hours"
channels = ["sms", "staff_task"]
sms = """
Hi {{ client.first_name | default: "there" }}, it's {{ practice.name }}.
How are you?"""

[[steps]]
key = "rebook"
function = "rebook"
send_at = "28 days"
at = "10:00"
valid_until = "35 days"
channels = ["sms"]
together = ["email"]
when = { series = "unfinished", first_visit = true }
sms = "{{ practice.name }}: time for more? {{ booking.link }} Reply STOP to opt out"
email.subject = "Time for more?"
email.text = """
Dear {{ client.first_name | default: "friend" }},

{{ booking.link }}
"""

[[steps]]
key = "reactivate"
function = "reactivate"
anchor = "window_close"
send_at = "60 days"
valid_until = "74 days"
late = "skip"
derived = true
channels = ["sms"]
sms = "{{ practice.name }}: come back? {{ booking.link }} Reply STOP to opt out"
'''


def test_a_reviewed_text_becomes_a_protocol() -> None:
    glow = parse_protocol(GLOW)
    check_in, rebook, reactivate = glow.steps

    assert glow.families == {"facial", "hydrafacial"}
    assert glow.touch_up_within_days == 14
    assert glow.is_on
    assert check_in.send_after == Offset(amount=24, unit="hours")
    assert check_in.valid_for == Offset(amount=48, unit="hours")
    assert (check_in.purpose, check_in.has_task_fallback, check_in.channels) == (Purpose.CARE, True, (Channel.SMS,))
    assert (rebook.purpose, rebook.at, rebook.together) == (Purpose.MARKETING, time(10), (Channel.EMAIL,))
    assert (rebook.conditions.series, rebook.conditions.is_first_visit) == ("unfinished", True)
    assert rebook.templates[Channel.EMAIL].subject == "Time for more?"
    assert (reactivate.anchor, reactivate.late, reactivate.is_derived) == (Anchor.WINDOW_CLOSE, Late.SKIP, True)


def test_a_text_message_is_one_paragraph_and_an_email_keeps_its_lines() -> None:
    glow = parse_protocol(GLOW)
    assert "\n" not in glow.step("day_1").templates[Channel.SMS].body
    assert "\n\n" in glow.step("rebook").templates[Channel.EMAIL].body


def test_a_draft_is_off_until_someone_deletes_the_line() -> None:
    draft = parse_protocol('draft = "for the medical director to sign"\n' + GLOW)
    assert (draft.is_draft, draft.is_on, draft.draft_note) == (True, False, "for the medical director to sign")


def test_same_day_means_until_the_evening_of_the_visit() -> None:
    text = GLOW.replace('"48 hours"', '"same day"').replace('"24 hours"', '"1 hour"')
    assert parse_protocol(text).step("day_1").valid_for == Offset(amount=0, unit="days")


def test_nurture_is_an_old_word_for_results() -> None:
    text = GLOW.replace('function = "check_in"', 'function = "nurture"')
    assert parse_protocol(text).step("day_1").function is Function.RESULTS


MISTAKES = [
    ('"28 days"', '"28"', 20, '"send_at" must look like "75 days", "5 months" or "24 hours"; I found "28"'),
    ('"28 days"', "28", 20, '"send_at" must look like "75 days", "5 months" or "24 hours"; I found 28'),
    ('valid_until = "35 days"', "", 17, '"valid_until" is missing: say when, for example "75 days"'),
    ('"35 days"', '"20 days"', 22, '"valid_until" (20 days) is before "send_at" (28 days)'),
    ('"48 hours"', '"same day"', 11, '"valid_until" (0 days) is before "send_at" (24 hours)'),
    ('"10:00"', '"10 am"', 21, '"at" must be a time of day in quotes such as "10:00"; I found "10 am"'),
    ('"24 hours"', '"24 hours"\nat = "09:00"', 11, 'a step counted in hours has its own time: delete "at"'),
    ('at = "10:00"', 'att = "10:00"', 21, 'I do not know "att"; did you mean "at"?'),
    ("touch_up_within", "touchup_within", 5, 'I do not know "touchup_within"; did you mean "touch_up_within"?'),
    ("series =", "serie =", 25, 'I do not know "serie"; did you mean "series"?'),
    ('"14 days"', '"2 months"', 5, '"touch_up_within" is counted in days, for example "21 days"; I found "2 months"'),
    ('"facial", "hyd', '"facail", "hyd', 4, '"families" does not know "facail"; did you mean "facial"?'),
    ('touch_up_within = "14 days"', 'brands = ["botx"]', 5, '"brands" does not know "botx"; did you mean "botox"?'),
    ('touch_up_within = "14 days"', 'areas = ["lip"]', 5, '"areas" does not know "lip"; did you mean "lips"?'),
    ('= "check_in"', '= "checkin"', 9, '"function" does not know "checkin"; did you mean "check_in"?'),
    ('["sms", "staff_task"]', '["smss"]', 12, '"channels" does not know "smss"; did you mean "sms"?'),
    ('["sms", "staff_task"]', '["staff_task", "sms"]', 12, '"staff_task" is the last resort: it must stand last'),
    ('["sms", "staff_task"]', '["sms", "email"]', 7, 'the step "day_1" sends an e-mail, but has no "email" text'),
    ('"window_close"', '"window_closed"', 37, '"anchor" does not know "window_closed"; did you mean "window_close"?'),
    ('key = "reactivate"', 'key = "rebook"', 35, 'there is already a step with the key "rebook"'),
    ('late = "skip"', 'purpose = "care"', 40, "a reactivate message is marketing: it cannot be sent on care consent"),
    ("derived = true", 'derived = "yes"', 41, '"derived" must be true or false; I found "yes"'),
    (
        "client.first_name",
        "client.firstname",
        14,
        'there is no token "client.firstname"; did you mean "client.first_name"?',
    ),
    ('"friend" }},', '"friend" }},\n{% if offer.text %}', 30, 'an "if" is never closed: add {% endif %}'),
    (
        "{{ booking.link }}\n",
        "{{ bokking.link }}\n",
        31,
        'there is no token "bokking.link"; did you mean "booking.link"?',
    ),
    ('title = "Glow facial"\n', "", 1, '"title" is missing'),
    ('key = "glow"', 'key = "Glow!"', 1, '"key" takes small letters, digits and _; I found "Glow!"'),
    ('email.subject = "Time for more?"\n', "", 27, '"email.subject" is missing'),
]


@pytest.mark.parametrize(("right", "wrong", "line", "message"), MISTAKES)
def test_a_mistake_is_named_with_its_line(right: str, wrong: str, line: int, message: str) -> None:
    text = GLOW.replace(right, wrong, 1)
    assert text != GLOW
    with pytest.raises(ProtocolFaults) as caught:
        parse_protocol(text)
    assert Fault(line, message) in caught.value.faults


def test_every_mistake_is_named_at_once() -> None:
    text = GLOW.replace('"28 days"', '"28"').replace('"check_in"', '"chek_in"').replace("late", "latte")
    with pytest.raises(ProtocolFaults) as caught:
        parse_protocol(text, name="glow.toml")
    assert [fault.line for fault in caught.value.faults] == [9, 20, 40]
    assert str(caught.value).startswith('glow.toml: line 9: "function" does not know "chek_in"; did you mean')


def test_a_window_needs_a_rebook_step_to_open_and_close_it() -> None:
    without_rebook = GLOW.replace('function = "rebook"', 'function = "results"')
    assert Fault(37, '"window_close" needs a rebook step that counts from the visit') in check_protocol(without_rebook)


def test_broken_toml_is_reported_in_plain_words() -> None:
    broken = GLOW.replace('title = "Glow facial"', "title = Glow facial")
    assert check_protocol(broken) == (Fault(2, "the file cannot be read from here on: invalid value"),)


def test_words_inside_a_message_are_not_mistaken_for_keys() -> None:
    text = GLOW.replace("How are you?", 'send_at = "28"\n[[steps]]\nHow are you?').replace('"28 days"', '"28"')
    assert [fault.line for fault in check_protocol(text)] == [22]


def test_one_message_alone_is_a_warning_not_a_fault() -> None:
    alone = GLOW[: GLOW.index('[[steps]]\nkey = "rebook"')]
    parse_protocol(alone)
    assert check_protocol(alone) == (Fault(1, "every step is a check_in: one message alone is no follow-up", True),)


def test_rebooking_by_email_alone_is_a_warning() -> None:
    text = GLOW.replace('channels = ["sms"]\ntogether = ["email"]', 'channels = ["email"]')
    warnings = [str(fault) for fault in check_protocol(text) if fault.is_warning]
    assert any("rebooking goes by e-mail only" in warning for warning in warnings)
    assert any('add "sms" to "channels"' in warning for warning in warnings)


@given(st.text(max_size=200))
def test_any_text_is_either_a_protocol_or_a_list_of_faults(text: str) -> None:
    assert check_protocol(text)


@given(st.integers(0, len(GLOW)), st.sampled_from(['"', "[", "=", "\n", "{{", "}", "'''", "x"]))
def test_a_slip_of_the_keyboard_never_breaks_the_reader(place: int, slip: str) -> None:
    lines = GLOW.count("\n") + slip.count("\n") + 1
    assert all(1 <= fault.line <= lines for fault in check_protocol(GLOW[:place] + slip + GLOW[place:]))
