"""Check a text in a real browser: without JavaScript, on a phone, in the dark, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.test_front_desk import PHONE, RULES

Visit = Callable[..., Any]
TEXT = "Dear Valued Client, “swelling” is normal… {{ booking.link }} bit.ly/x"


def check(page: Any, text: str) -> None:
    page.get_by_role("textbox", name="Text", exact=True).fill(text)
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("heading", name="With sample values").wait_for()


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("text", [TEXT, "{{ practice.name }}: how are you today?"])
def test_the_answer_is_readable_for_everybody(visit: Visit, light: str, text: str) -> None:
    page = visit("/texts/", color_scheme=light)
    found = Axe().run(page, options=RULES).response["violations"]
    check(page, text)
    found += Axe().run(page, options=RULES).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"][:2]]) for v in found] == []


def test_without_javascript_a_text_is_checked_and_repaired_on_a_phone(visit: Visit) -> None:
    page = visit("/upcoming/", java_script_enabled=False, viewport=PHONE)
    page.get_by_role("link", name="Check a text").click()
    check(page, TEXT)
    assert page.get_by_role("heading", name="to correct").is_visible()
    page.get_by_role("button", name="Make quotes and dashes plain").click()
    box = page.get_by_role("textbox", name="Text", exact=True)
    assert box.input_value() == 'Dear Valued Client, "swelling" is normal... {{ booking.link }} bit.ly/x'


@pytest.mark.parametrize("text", [TEXT, "x" * 400])
def test_nothing_sticks_out_on_a_phone(visit: Visit, text: str) -> None:
    page = visit("/texts/", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    check(page, text)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
