"""How many parts a text is sent in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.segments import segments


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
