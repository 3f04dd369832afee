"""Privacy in a real browser: in the dark, on a phone, without JavaScript, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from afterglow.actions.note_look import note_look
from afterglow.models import Member
from afterglow.models.scope import practice_scope
from tests.browser.conftest import Site
from tests.browser.test_front_desk import PHONE, RULES
from tests.world import NOW

Visit = Callable[..., Any]


@pytest.fixture
def owned(site: Site) -> Site:
    """Kit is the owner today, and Hale has looked at something."""
    with practice_scope(site.world.practice_id):
        Member.objects.filter(practice=site.world.practice_id, user__username="kit").update(role="owner")
    note_look(practice_id=site.world.practice_id, kind="export", client_id=site.world.rosa_id, by="hale", now=NOW)
    return site


def test_everything_is_readable_for_everybody_in_both_lights(owned: Site, visit: Visit) -> None:
    faults = []
    for light in ("light", "dark"):
        for address in ("/privacy/", f"/clients/{owned.world.rosa_id}/erasure/"):
            page = visit(address, color_scheme=light)
            while (closed := page.locator("main details:not([open]) > summary")).count():
                closed.first.click()
            found = Axe().run(page, options=RULES).response["violations"]
            faults += [(light, address, v["id"], [n["html"][:120] for n in v["nodes"][:2]]) for v in found]
    assert faults == []


def test_on_a_phone_without_javascript_a_time_is_changed_and_a_client_erased(owned: Site, visit: Visit) -> None:
    page = visit("/privacy/", viewport=PHONE, java_script_enabled=False)
    page.locator("summary").first.click()
    page.get_by_label("Days").first.fill("45")
    page.get_by_role("button", name="Save for: Consent requests nobody answered").click()
    assert page.get_by_text("45 days", exact=True).is_visible()
    page.goto(f"/clients/{owned.world.rosa_id}/")
    page.get_by_role("link", name="Erase…").click()
    page.get_by_label("Yes, erase this client").check()
    page.get_by_role("button", name="Erase for good").click()
    assert page.get_by_role("heading", name=f"Erased client {owned.world.rosa_id}").is_visible()


def test_on_a_phone_nothing_sticks_out(owned: Site, visit: Visit) -> None:
    for address in ("/privacy/", f"/clients/{owned.world.rosa_id}/erasure/"):
        page = visit(address, viewport=PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
