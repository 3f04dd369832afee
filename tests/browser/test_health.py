"""Health in a real browser: by keyboard, on a phone, in the dark, without JavaScript, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from afterglow.actions.beat import beat
from afterglow.actions.update_alarms import update_alarms
from afterglow.models import Attempt, Member, Message, Outage, Touch
from afterglow.models.scope import practice_scope
from tests.browser.conftest import Site
from tests.browser.test_front_desk import PHONE, RULES

Visit = Callable[..., Any]
SCREENS = ("/health/", "/", "/not-sent/")


@pytest.fixture
def bad_day(site: Site) -> Site:
    """Kit is the owner today; e-mail is out, one message ran out of time, one was refused."""
    now, practice_id = timezone.now(), site.world.practice_id
    with practice_scope(practice_id):
        Member.objects.filter(practice=practice_id, user__username="kit").update(role="owner")
        outage = Outage(practice_id=practice_id, channel="email", provider="simulated", reason="it does not answer")
        outage.began_at, outage.retry_at = now - timedelta(minutes=40), now + timedelta(minutes=5)
        outage.save()
        late, refused = Touch.objects.filter(practice=practice_id, state="planned").order_by("pk")[:2]
        Touch.objects.filter(pk=late.pk).update(state="expired", ended_at=now, reason="its time ended")
        for n, status in enumerate(["delivered"] * 9 + ["accepted", "unknown", "failed"]):
            message = Message.objects.create(
                practice_id=practice_id,
                client_id=refused.client_id,
                direction="out",
                channel="sms",
                address="+12075550101",
                body="Hello",
                status=status,
                at=now - timedelta(hours=9 * n, minutes=1),
            )
        Attempt.objects.create(
            practice_id=practice_id,
            message=message,
            touch=refused,
            channel="sms",
            is_primary=True,
            token="only-for-tests",
            state="refused",
            started_at=message.at,
            finished_at=message.at,
            code="invalid_address:30006",
            detail="the address cannot receive this kind of message",
        )
    for part in ("scheduler", "watcher"):
        beat(part=part, now=now)
    update_alarms(practice_id=practice_id, now=now)
    return site


@pytest.mark.parametrize("light", ["light", "dark"])
def test_a_bad_day_is_readable_for_everybody(bad_day: Site, visit: Visit, light: str) -> None:
    page = visit("/health/", color_scheme=light)
    faults = []
    for address in SCREENS:
        page.goto(address)
        for closed in page.locator("details:not([open]) > summary").all():
            closed.click()
        found = Axe().run(page, options=RULES).response["violations"]
        faults += [(address, v["id"], [n["html"][:120] for n in v["nodes"][:2]]) for v in found]
    assert faults == []


def test_nothing_sticks_out_on_a_phone_and_no_number_is_cut_off(bad_day: Site, visit: Visit) -> None:
    page = visit("/health/", viewport=PHONE)
    for address in SCREENS:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto("/health/")
    for table in page.locator(".card > .pad .table-scroll").all():
        assert table.evaluate("part => part.scrollWidth <= part.clientWidth")


def test_no_page_breaks_the_content_policy(bad_day: Site, visit: Visit) -> None:
    page = visit("/health/")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for address in SCREENS:
        page.goto(address)
        page.wait_for_load_state("networkidle")
    assert complaints == []


def test_by_keyboard_the_owner_says_who_is_told(bad_day: Site, visit: Visit) -> None:
    page = visit("/health/")
    page.get_by_label("Mobile phone").focus()
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    page.get_by_text("This is not a telephone number").wait_for()
    page.get_by_label("Mobile phone").fill("(207) 555-0190")
    page.keyboard.press("Enter")
    page.get_by_text("Alerts saved.").wait_for()
    assert page.get_by_label("Mobile phone").input_value() == "(207) 555-0190"


def test_without_javascript_a_test_alert_is_asked_for_and_the_unsent_are_seen(bad_day: Site, visit: Visit) -> None:
    page = visit("/health/", java_script_enabled=False)
    page.get_by_role("textbox", name="E-mail").fill("owner@example.test")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Send a test alert").click()
    assert page.get_by_text("The watcher sends a test alert within a minute.").is_visible()
    page.get_by_role("link", name="Today").click()
    page.get_by_role("button", name="Seen").click()
    assert page.get_by_role("heading", name="Not sent").count() == 0
    page.get_by_role("button", name="Undo").click()
    assert page.get_by_role("heading", name="Not sent").is_visible()
