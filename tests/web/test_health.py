"""Health for whoever runs the practice's Afterglow: what it shows, who may change who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client as Browser

from afterglow.actions.beat import beat
from afterglow.actions.update_alarms import update_alarms
from afterglow.models import Alarm, Practice, Touch
from afterglow.models.scope import practice_scope
from tests.world import NOW, World

SignIn = Callable[[str], Browser]
TOKEN = "only-for-tests-and-long-enough"


def practice(world: World) -> Practice:
    with practice_scope(world.practice_id):
        return Practice.objects.get(pk=world.practice_id)


def expire(world: World, *, ago: timedelta) -> None:
    with practice_scope(world.practice_id):
        touch = Touch.objects.filter(client=world.rosa_id, state="planned").latest("pk")
        Touch.objects.filter(pk=touch.pk).update(state="expired", ended_at=NOW - ago, reason="texts were out")


def test_the_first_line_says_whether_everything_runs(owner: Browser, world: World) -> None:
    assert "need you now" in owner.get("/health/").content.decode()
    assert "It has never run. Nothing is sent." in owner.get("/health/").content.decode()


def test_who_is_told_is_saved_in_the_form_that_can_be_dialled(owner: Browser, world: World) -> None:
    answer = owner.post(
        "/health/alerts/",
        {"email": "Owner@Example.test", "phone": "(207) 555-0190", "after_minutes": "20"},
        follow=True,
    )

    assert "Alerts saved." in answer.content.decode()
    saved = practice(world)
    assert (saved.alert_email, saved.alert_phone, saved.alert_after_minutes) == (
        "owner@example.test",
        "+12075550190",
        20,
    )


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("phone", "12", "not a telephone number"),
        ("email", "nobody", "not an e-mail address"),
        ("after_minutes", "1", "At least 5 minutes"),
        ("after_minutes", "", "after how many minutes"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_lost(
    owner: Browser, world: World, field: str, value: str, says: str
) -> None:
    form = {"email": "owner@example.test", "phone": "2075550190", "after_minutes": "20", field: value}
    answer = owner.post("/health/alerts/", form)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert says in page
    assert f'value="{form["email"]}"' in page
    assert practice(world).alert_email == ""


def test_the_front_desk_sees_health_and_changes_nothing(kit: Browser, world: World) -> None:
    page = kit.get("/health/").content.decode()
    assert "The owner can change this." in page
    for address in ("/health/alerts/", "/health/alerts/test/"):
        assert kit.post(address, {"after_minutes": "20", "email": "kit@example.test"}).status_code == 403
    assert practice(world).alert_email == ""


def test_a_test_alert_needs_somebody_to_go_to(owner: Browser, world: World) -> None:
    assert "Give an e-mail address" in owner.post("/health/alerts/test/", follow=True).content.decode()
    owner.post("/health/alerts/", {"email": "owner@example.test", "after_minutes": "20"})
    assert "within a minute" in owner.post("/health/alerts/test/", follow=True).content.decode()
    with practice_scope(world.practice_id):
        assert [a.kind for a in Alarm.objects.all()] == ["test"]


def test_an_alarm_is_on_today_and_in_the_bar_for_everybody(kit: Browser, world: World) -> None:
    assert 'href="/health/"' not in kit.get("/").content.decode()
    beat(part="scheduler", now=NOW - timedelta(hours=1))
    update_alarms(practice_id=world.practice_id, now=NOW)
    page = kit.get("/").content.decode()

    assert "Afterglow itself needs help." in page
    assert 'href="/health/"' in page


def test_what_was_not_sent_is_on_today_until_somebody_has_seen_it(kit: Browser, world: World) -> None:
    expire(world, ago=timedelta(minutes=30))
    page = kit.get("/").content.decode()
    assert "Not sent" in page
    assert "Texts were out." in page
    until = (NOW - timedelta(minutes=30)).isoformat()
    answer = kit.post("/not-sent/reading/", {"until": until, "next": "/"}, follow=True).content.decode()

    assert "1 message marked as seen." in answer
    assert "Texts were out." not in answer
    assert "Texts were out." in kit.get("/not-sent/").content.decode()
    [undo] = [part.split('"')[0] for part in answer.split('action="') if "/removal/" in part.split('"')[0]]
    assert "Texts were out." in kit.post(undo, follow=True).content.decode()


def test_a_form_sent_twice_says_that_nothing_is_left(kit: Browser, world: World) -> None:
    expire(world, ago=timedelta(minutes=30))
    form = {"until": NOW.isoformat(), "next": "/"}
    kit.post("/not-sent/reading/", form)
    kit.get("/")

    assert "nothing left" in kit.post("/not-sent/reading/", form, follow=True).content.decode()


def test_there_are_no_figures_without_a_token(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Browser().get("/metrics").status_code == 404
    monkeypatch.setattr(settings, "METRICS_TOKEN", TOKEN)
    assert Browser().get("/metrics").status_code == 401
    assert Browser().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 401
    assert Browser().get("/metrics", headers={"Authorization": f"Basic {TOKEN}"}).status_code == 401


def test_the_figures_are_of_every_practice_and_name_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "METRICS_TOKEN", TOKEN)
    beat(part="scheduler", now=NOW - timedelta(minutes=20))
    update_alarms(practice_id=world.practice_id, now=NOW)
    answer = Browser().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    text = answer.content.decode()

    assert answer["Content-Type"].startswith("text/plain")
    assert 'afterglow_last_alive_seconds{part="scheduler"} 1200.0' in text
    assert f'afterglow_alarms{{kind="scheduler",practice="{world.practice_id}"}} 1.0' in text
    for practice_id in (world.practice_id, world.other_practice_id):
        assert f'afterglow_due_messages{{practice="{practice_id}"}}' in text
    assert not any(word in text for word in ("Juniper", "Harbor", "Rosa"))
