"""How many parts a text is sent in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.segments import measure, segments


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # a double character does not fit into the last place of a part
        ("“" * 70, 1),
        ("“" * 71, 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 67, 3),  # 33 to a part: none is cut in half
    ],
)
def test_a_text_is_counted_as_carriers_count_it(text: str, parts: int) -> None:
    assert segments(text) == parts


@given(st.text(max_size=400), st.text(max_size=40))
def test_more_text_never_takes_fewer_parts(text: str, more: str) -> None:
    assert segments(text) <= segments(text + more)


@pytest.mark.parametrize(
    ("text", "units", "room", "wide"),
    [
        ("", 0, 160, ()),
        ("[ok] €5", 10, 160, ()),
        ("¿Qué tal? Ñ ü", 13, 160, ()),
        ("así", 3, 70, ("í",)),
        ("😀 – 😀", 7, 70, ("😀", "–")),
        ("`", 1, 70, ("`",)),
        ("\t", 1, 70, ("\t",)),
    ],
)
def test_the_alphabet_and_the_length_are_measured(text: str, units: int, room: int, wide: tuple[str, ...]) -> None:
    measured = measure(text)

    assert (measured.units, measured.room, measured.wide) == (units, room, wide)


@given(st.text(max_size=400))
def test_the_measure_agrees_with_the_parts(text: str) -> None:
    measured = measure(text)

    assert measured.segments == segments(text)
    assert (measured.segments == 1) == (measured.units <= measured.room)
