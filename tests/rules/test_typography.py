"""One click makes a text plain, changes nothing else, and says what it did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.lint import filled_in
from afterglow.rules.segments import measure
from afterglow.rules.typography import Change, repair


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("it’s “fine”…", 'it\'s "fine"...'),
        ("rest – then call", "rest - then call"),
        ("rest—then call", "rest - then call"),
        ("2–3 days, 2—3 days", "2-3 days, 2-3 days"),
        ("a\u00a0b\u200bc\td", "a bc d"),
        ("½ hour × 2", "1/2 hour x 2"),
        ("café, mañana, Über", "café, mañana, Über"),
        ("José está 😀", "José está 😀"),
        ("{{ client.first_name | default: “there” }}", '{{ client.first_name | default: "there" }}'),
        ('{{ client.first_name | default: "“dear”" }}', "{{ client.first_name | default: \"'dear'\" }}"),
    ],
)
def test_signs_become_plain_and_letters_stay(text: str, plain: str) -> None:
    assert repair(text).text == plain


def test_accents_go_only_when_asked_and_only_where_a_phone_lacks_them() -> None:
    assert repair("José está así, mañana", has_plain_accents=True).text == "José esta asi, mañana"


def test_it_says_what_changed_and_what_a_person_must_decide() -> None:
    repaired = repair("it’s John’s 😀 á")

    assert repaired.changes == (Change("’", "'", 2),)
    assert repaired.left == ("😀", "á")


@given(st.text())
def test_repairing_twice_changes_nothing_more_and_never_makes_a_text_wider(text: str) -> None:
    once = repair(text)

    assert repair(once.text).text == once.text
    assert set(measure(once.text).wide) <= set(measure(text).wide)


def test_a_repaired_template_still_fills_in() -> None:
    text = repair('Hi {{ client.first_name | default: "“you”" }} — it’s {{ practice.name }}…').text

    assert filled_in(text) == "Hi Marisol - it's Juniper Skin Studio..."
