"""The public consent form in a real browser: without JavaScript, on a phone, in the dark, in another site's frame."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from afterglow.actions.set_consent_form import change_form, open_form
from afterglow.rules.consent_texts import Offer
from tests.browser.conftest import Site
from tests.browser.test_front_desk import PHONE, RULES


@dataclass(frozen=True, slots=True)
class WebSite:
    """The practice's own web site, with the form in a frame; under its other name it is somebody else's."""

    ours: str
    theirs: str
    form: str


@pytest.fixture
def web_site(site: Site) -> Iterator[WebSite]:
    """Asked for before the browser: while that lives, Django refuses to touch the database."""
    token = open_form(practice_id=site.world.practice_id, now=timezone.now())
    source = f"{site.url}/join/{token}/embed/"
    page = f'<!doctype html><title>Ours</title><iframe src="{source}" title="Form" height="1400"></iframe>'

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *rest: Any) -> None:
            """Nothing: a test prints what it found."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ours = f"http://localhost:{server.server_port}"
    change_form(
        practice_id=site.world.practice_id,
        offers=list(Offer),
        has_double_opt_in=True,
        embed_origins=[ours],
        privacy_link="",
        terms_link="",
    )
    yield WebSite(ours, f"http://127.0.0.1:{server.server_port}", f"/join/{token}/")
    server.shutdown()
    server.server_close()


def fill(place: Any) -> None:
    place.get_by_label("First name").fill("Ines")
    place.get_by_label("Last name").fill("Moreau")
    place.get_by_label("Mobile phone").fill("(207) 555-0177")
    place.get_by_label("Texts about my care").check()
    place.get_by_role("button", name="Send").click()


@pytest.mark.parametrize("light", ["light", "dark"])
def test_a_client_agrees_on_a_phone_without_javascript(
    web_site: WebSite, chromium: Any, site: Site, light: str
) -> None:
    context = chromium.new_context(
        base_url=site.url, viewport=PHONE, color_scheme=light, java_script_enabled=False, locale="en-US"
    )
    page = context.new_page()
    page.goto(web_site.form)
    page.get_by_role("button", name="Send").click()
    assert page.get_by_text("Please look at this again:").is_visible()
    fill(page)
    assert page.get_by_text("Reply YES to it within 48 hours.").is_visible()
    context.close()


@pytest.mark.parametrize("light", ["light", "dark"])
def test_the_form_its_errors_and_its_answer_pass_the_accessibility_rules_and_fit_a_phone(
    web_site: WebSite, chromium: Any, site: Site, light: str
) -> None:
    context = chromium.new_context(base_url=site.url, viewport=PHONE, color_scheme=light, locale="en-US")
    page = context.new_page()
    faults: list[Any] = []

    def check(where: str) -> None:
        found = Axe().run(page, options=RULES).response["violations"]
        faults.extend((where, v["id"], [n["html"][:160] for n in v["nodes"][:2]]) for v in found)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], where

    page.goto(web_site.form)
    check("form")
    page.get_by_role("button", name="Send").click()
    check("errors")
    fill(page)
    check("answer")
    for more in ("terms/", "privacy/", "?lang=es"):
        page.goto(f"{web_site.form}{more}")
        check(more)
    context.close()
    assert faults == []


def test_the_form_works_in_a_frame_of_the_practices_web_site_and_in_no_other(
    web_site: WebSite, chromium: Any, site: Site
) -> None:
    context = chromium.new_context(locale="en-US")
    page = context.new_page()
    page.goto(web_site.ours)
    frame = page.frame_locator("iframe")
    fill(frame)
    frame.get_by_text("Reply YES to it within 48 hours.").wait_for()
    assert context.cookies() == []
    page.goto(web_site.theirs)
    page.wait_for_load_state("networkidle")
    assert page.frame_locator("iframe").get_by_label("First name").count() == 0
    context.close()


def test_the_staff_screen_passes_the_accessibility_rules(web_site: WebSite, visit: Any) -> None:
    page = visit("/consent-form/", viewport=PHONE)
    faults = []
    for where in ("/consent-form/", "/consent-form/poster/"):
        page.goto(where)
        for summary in page.locator("summary").all():
            summary.click()
        found = Axe().run(page, options=RULES).response["violations"]
        faults += [(where, v["id"], [n["html"][:160] for n in v["nodes"][:2]]) for v in found]
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], where
    assert faults == []
