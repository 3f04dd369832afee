"""What only a browser can prove: it works without JavaScript, by keyboard, on a phone, in the dark, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Site

Visit = Callable[..., Any]
PHONE = {"width": 390, "height": 844}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def test_a_day_at_the_desk_without_javascript(visit: Visit, site: Site) -> None:
    page = visit("/", java_script_enabled=False)
    page.get_by_role("button", name="I’ve read it").click()
    assert page.get_by_role("heading", level=1).inner_text() == "No one is waiting."
    page.goto("/clients/")
    page.get_by_label("Name, phone number or e-mail").fill("rosa")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Rosa Alvarez").click()
    page.get_by_role("button", name="Stop all").click()
    page.get_by_role("button", name="Undo").click()
    assert page.get_by_text("messages planned again.").is_visible()
    page.get_by_role("button", name="Dark screens").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_role("button", name="Sign out").click()
    assert page.url.endswith("/sign-in/")


def test_typing_finds_clients_at_once_and_leaves_no_name_in_the_address(visit: Visit) -> None:
    page = visit("/clients/")
    page.get_by_label("Name, phone number or e-mail").press_sequentially("dan")
    page.get_by_role("link", name="Rosa Alvarez").wait_for(state="hidden")
    assert page.get_by_role("link", name="Dana Whitfield").is_visible()
    page.keyboard.press("Enter")
    assert page.url.endswith("/clients/")


def test_rows_are_walked_and_done_by_keyboard(visit: Visit) -> None:
    page = visit("/")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "Rosa Alvarez"
    page.keyboard.press("e")
    page.get_by_text("Marked as read.").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "No one is waiting."


def test_the_first_stop_of_the_tab_key_skips_to_the_content(visit: Visit) -> None:
    page = visit("/clients/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_reply_typed_on_the_phone_arrives_on_today(visit: Visit, site: Site) -> None:
    page = visit(f"/phone/{site.world.rosa_id}/")
    page.get_by_label("Answer as Rosa Alvarez").fill("Can I go running tomorrow?")
    page.keyboard.press("Enter")
    page.locator(".mine", has_text="Can I go running tomorrow?").wait_for()
    page.get_by_role("link", name="Today").click()
    assert page.get_by_text("Can I go running tomorrow?").is_visible()


def test_on_a_phone_the_bar_is_at_the_bottom_and_nothing_sticks_out(visit: Visit, site: Site) -> None:
    page = visit("/", viewport=PHONE)
    for address in ("/", "/clients/", f"/clients/{site.world.rosa_id}/", "/upcoming/", "/not-covered/", "/phone/"):
        page.goto(address)
        bar = page.get_by_role("navigation", name="Main").bounding_box()
        assert bar["y"] + bar["height"] == PHONE["height"]
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_no_page_breaks_the_content_policy(visit: Visit, site: Site) -> None:
    page = visit("/")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for address in ("/", "/clients/", f"/clients/{site.world.rosa_id}/", "/upcoming/", "/not-covered/", "/phone/"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
    assert complaints == []


@pytest.mark.parametrize("light", ["light", "dark"])
def test_every_screen_passes_the_accessibility_rules(visit: Visit, site: Site, light: str) -> None:
    page = visit("/", color_scheme=light)
    rosa = site.world.rosa_id
    faults = []
    for address in (
        "/",
        "/clients/",
        f"/clients/{rosa}/",
        "/upcoming/",
        "/not-covered/",
        f"/phone/{rosa}/",
        "/nothing/",
    ):
        page.goto(address)
        found = Axe().run(page, options=RULES).response["violations"]
        faults += [(address, v["id"], [n["html"][:120] for n in v["nodes"][:2]]) for v in found]
    assert faults == []
