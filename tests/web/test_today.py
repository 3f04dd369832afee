from __future__ import annotations

from datetime import timedelta

from django.test import Client as Browser

from afterglow.actions.receive_texts import finish_replies
from afterglow.models import Client, Task
from afterglow.models.scope import practice_scope
from tests.world import NOW, World


def open_task(world: World, kind: str, *, is_urgent: bool = False) -> int:
    with practice_scope(world.practice_id):
        task = Task.objects.create(
            practice_id=world.practice_id,
            client_id=world.rosa_id,
            kind=kind,
            is_urgent=is_urgent,
            reason="Please check in by phone. No e-mail address.",
            opened_at=NOW - timedelta(hours=3),
        )
        return task.pk


def test_the_first_line_says_who_waits_and_how_long(kit: Browser) -> None:
    assert "1 person is waiting, for 22 min." in kit.get("/").content.decode()


def test_an_unread_reply_shows_the_clients_own_words(kit: Browser) -> None:
    page = kit.get("/").content.decode()
    assert "My lip is white on one side and hurts" in page
    assert "Urgent" in page


def test_reading_a_reply_takes_it_off_the_list_and_releases_the_client(kit: Browser, world: World) -> None:
    kit.post(f"/clients/{world.rosa_id}/reading/", {"next": "/"})
    assert "No one is waiting." in kit.get("/").content.decode()
    with practice_scope(world.practice_id):
        assert Client.objects.get(pk=world.rosa_id).reply_waiting_since is None


def test_a_call_is_closed_with_what_came_of_it_and_can_be_taken_back(kit: Browser, world: World) -> None:
    task_id = open_task(world, "call")
    assert "Please call" in kit.get("/").content.decode()
    page = kit.post(f"/tasks/{task_id}/closure/", {"outcome": "voicemail"}, follow=True).content.decode()
    assert f"/tasks/{task_id}/reopening/" in page
    with practice_scope(world.practice_id):
        assert Task.objects.get(pk=task_id).outcome == "left a voicemail"
    kit.post(f"/tasks/{task_id}/reopening/")
    assert "Please call" in kit.get("/").content.decode()


def test_closing_twice_says_that_somebody_was_faster(kit: Browser, world: World) -> None:
    task_id = open_task(world, "call")
    kit.post(f"/tasks/{task_id}/closure/")
    kit.get("/")
    assert (
        "Somebody else has already done this." in kit.post(f"/tasks/{task_id}/closure/", follow=True).content.decode()
    )


def test_a_calm_day_says_what_happens_next(kit: Browser, world: World) -> None:
    finish_replies(practice_id=world.practice_id, client_id=world.rosa_id, by="kit", now=NOW)
    with practice_scope(world.practice_id):
        Task.objects.all().update(closed_at=NOW)
    page = kit.get("/").content.decode()
    assert "New replies appear here by themselves." in page
    assert "without follow-up" in page


def test_a_long_lane_is_cut_and_leads_to_the_rest(kit: Browser, world: World) -> None:
    for _ in range(30):
        open_task(world, "call")
    page = kit.get("/").content.decode()
    assert "Show all 30" in page
    assert page.count("/closure/") == 25
    assert kit.get("/lanes/todo/?page=2").content.decode().count("/closure/") == 5


def test_what_came_in_since_yesterday_is_counted(kit: Browser) -> None:
    came_in = kit.get("/").context["today"].came_in
    assert (came_in.visits, came_in.replies, came_in.bookings) == (4, 2, 1)


def test_htmx_gets_the_lanes_without_the_frame(kit: Browser) -> None:
    part = kit.get("/", headers={"HX-Request": "true"}).content.decode()
    assert "is waiting" in part
    assert "<html" not in part
