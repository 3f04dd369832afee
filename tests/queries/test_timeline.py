from __future__ import annotations

from datetime import timedelta

import pytest

from afterglow.models import Client, Concern, Practice, Remark, Touch
from afterglow.queries.timeline import SHOWN, timeline
from afterglow.queries.timeline_entries import Entry
from tests.messages import sent_message
from tests.world import NOW, World


def kinds(entries: object) -> list[str]:
    return [entry.kind for entry in entries]  # type: ignore[attr-defined]


def test_past_and_future_stand_on_one_line_newest_first(practice: Practice, world: World) -> None:
    line = timeline(practice, world.rosa_id, before=None, now=NOW)
    assert set(kinds(line.ahead)) == {"planned"}
    assert {"visit", "reply", "consent", "remark"} <= set(kinds(line.past))
    moments = [entry.at for entry in (*line.ahead, *line.past)]
    assert moments == sorted(moments, reverse=True)


def test_a_visit_tells_what_the_catalog_made_of_each_service(practice: Practice, world: World) -> None:
    line = timeline(practice, world.rosa_id, before=None, now=NOW)
    [visit] = [entry for entry in line.past if entry.kind == "visit"]
    assert visit.title == "Botox"
    assert visit.details[0].startswith("“Botox 40u”: Botox")


def test_consents_say_what_was_given_and_what_was_taken_back(practice: Practice, world: World) -> None:
    rosa = timeline(practice, world.rosa_id, before=None, now=NOW)
    assert [p.label for p in rosa.permissions if p.is_given] == ["Texts about care", "Marketing texts"]
    dana = timeline(practice, world.dana_id, before=None, now=NOW)
    assert not any(p.is_given for p in dana.permissions)
    assert dana.stopped_at == NOW - timedelta(minutes=22)
    assert "Asked us to stop" in [entry.title for entry in dana.past]


def test_an_open_concern_is_told_until_it_is_closed(practice: Practice, world: World) -> None:
    concern = Concern.objects.create(
        practice=practice, client_id=world.rosa_id, urgency="urgent", reason="matched “white”", opened_at=NOW
    )
    assert timeline(practice, world.rosa_id, before=None, now=NOW).concern_opened_at == NOW
    Concern.objects.filter(pk=concern.pk).update(closed_at=NOW, closed_by="hale")
    assert timeline(practice, world.rosa_id, before=None, now=NOW).concern_opened_at is None


def test_a_long_past_is_read_page_by_page_and_nothing_is_missed(practice: Practice, world: World) -> None:
    Remark.objects.bulk_create(
        Remark(practice=practice, client_id=world.rosa_id, at=NOW - timedelta(days=2 + n // 3), text=f"Remark {n}")
        for n in range(SHOWN * 2)
    )
    seen: list[str] = []
    before = None
    for _ in range(10):
        line = timeline(practice, world.rosa_id, before=before, now=NOW)
        seen += [entry.title for entry in line.past if entry.title.startswith("Remark")]
        before = line.earlier_than
        if before is None:
            break
    assert sorted(seen) == sorted(f"Remark {n}" for n in range(SHOWN * 2))


def test_a_client_of_another_practice_does_not_exist(practice: Practice, world: World) -> None:
    with pytest.raises(Client.DoesNotExist):
        timeline(practice, world.vic_id, before=None, now=NOW)


def test_a_text_to_a_landline_and_the_e_mail_after_it_are_one_story(practice: Practice, world: World) -> None:
    touch = ended(practice, world, "sent")
    tried(touch, "sms", "failed", minutes=0, state="undelivered", code="invalid_address:30006")
    tried(touch, "email", "delivered", minutes=2)
    entry = entry_of(practice, world, touch)

    assert entry.sentence.startswith("Text not delivered: the number is a landline. Sent by e-mail instead: day ")
    assert [(said.channel, said.status) for said in entry.said] == [
        ("Text", "not delivered (the number is a landline)"),
        ("E-mail", "delivered"),
    ]
    assert entry.details == ()


@pytest.mark.parametrize(
    ("state", "last", "shown"),
    [("sent", "accepted", ["sent"]), ("failed", "failed", ["not delivered (the provider could not be reached)"])],
)
def test_a_message_that_was_tried_often_is_shown_once(
    practice: Practice, world: World, state: str, last: str, shown: list[str]
) -> None:
    touch = ended(practice, world, state)
    for minutes, status in enumerate(["failed", "failed", last]):
        refused = {"state": "refused", "code": "unavailable:TimeoutError"} if status == "failed" else {}
        tried(touch, "sms", status, minutes=minutes, **refused)
    entry = entry_of(practice, world, touch)

    assert [said.status for said in entry.said] == shown
    assert entry.details == ("It did not go out at first and was tried again.",)


def ended(practice: Practice, world: World, state: str) -> Touch:
    """Rosa's check-in as it ended."""
    touch = Touch.objects.filter(practice=practice, client=world.rosa_id, function="check_in").latest("pk")
    touch.state, touch.reason, touch.ended_at = state, "the reason", NOW - timedelta(hours=1)
    touch.save()
    return touch


def tried(touch: Touch, channel: str, status: str, *, minutes: int, state: str = "accepted", code: str = "") -> None:
    at = NOW - timedelta(hours=1) + timedelta(minutes=minutes)
    sent_message(touch, channel=channel, address="rosa", status=status, at=at, state=state, code=code)


def entry_of(practice: Practice, world: World, touch: Touch) -> Entry:
    line = timeline(practice, world.rosa_id, before=None, now=NOW)
    [entry] = [e for e in line.past if e.kind == "message" and e.title.startswith("Check-in")]
    return entry
