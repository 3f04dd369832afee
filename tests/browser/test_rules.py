"""Rules for sending in a real browser: in the dark, on a phone, without JavaScript, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from afterglow.models import Member
from afterglow.models.scope import practice_scope
from tests.browser.conftest import Site
from tests.browser.test_front_desk import PHONE, RULES

Visit = Callable[..., Any]


@pytest.fixture
def owned(site: Site) -> Site:
    """Kit is the owner today."""
    with practice_scope(site.world.practice_id):
        Member.objects.filter(practice=site.world.practice_id, user__username="kit").update(role="owner")
    return site


def note_a_ban(page: Any) -> None:
    page.get_by_label("State", exact=True).select_option("LA")
    page.get_by_label("Why").fill("state of emergency")
    page.get_by_role("button", name="Note the ban").click()
    page.get_by_text("The ban is noted.").wait_for()


def test_the_owner_notes_and_ends_a_ban_readable_for_everybody_in_both_lights(owned: Site, visit: Visit) -> None:
    faults = []
    for light in ("light", "dark"):
        page = visit("/rules/", color_scheme=light)
        note_a_ban(page)
        while (closed := page.locator("details:not([open]) > summary")).count():
            closed.first.click()
        found = Axe().run(page, options=RULES).response["violations"]
        faults += [(light, v["id"], [n["html"][:120] for n in v["nodes"][:2]]) for v in found]
        page.get_by_role("button", name="End the ban: Louisiana").click()
        page.get_by_text("The ban has ended.").wait_for()
    assert faults == []


def test_on_a_phone_without_javascript_nothing_sticks_out_and_a_ban_is_noted(owned: Site, visit: Visit) -> None:
    page = visit("/rules/", viewport=PHONE, java_script_enabled=False)
    note_a_ban(page)
    assert page.get_by_text("Louisiana: state of emergency").is_visible()
    page.get_by_role("button", name="End the ban: Louisiana").click()
    assert page.get_by_text("No ban is noted").is_visible()
    scripted = visit("/rules/", viewport=PHONE)
    assert scripted.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
