from __future__ import annotations

from datetime import timedelta

import pytest

from afterglow.models import Client, Concern, Practice, Remark
from afterglow.queries.timeline import SHOWN, timeline
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
