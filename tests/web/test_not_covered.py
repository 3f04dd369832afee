from __future__ import annotations

from datetime import timedelta

from django.test import Client as Browser

from afterglow.actions.record_visits import record_visits
from afterglow.models import ImportBatch, Plan, ServiceRule, Touch, Visit
from afterglow.models.scope import practice_scope
from tests.world import NOW, World, visit


def test_every_reason_has_its_place(kit: Browser) -> None:
    found = kit.get("/not-covered/").context["found"]
    assert [s.service for s in found.services] == ["Signature Glow Ritual"]
    assert [a.name for a in found.areas] == ["Dana Whitfield"]
    assert [r.reason for r in found.reasons] == ["cannot be reached: no phone number and no e-mail address"]


def test_naming_a_service_once_plans_every_visit_of_that_name(kit: Browser, world: World) -> None:
    answer = {"service": "Signature Glow Ritual", "code": "", "family": "hydrafacial"}
    page = kit.post("/not-covered/services/", answer, follow=True).content.decode()
    assert "Remembered. 1 visit answered." in page
    with practice_scope(world.practice_id):
        assert Plan.objects.filter(visit__external_id="A-3", family="hydrafacial").exists()
        assert ServiceRule.objects.get().decided_by == "kit"


def test_a_service_can_be_settled_as_no_follow_up(kit: Browser, world: World) -> None:
    kit.post("/not-covered/services/", {"service": "Signature Glow Ritual", "family": "none"})
    with practice_scope(world.practice_id):
        assert Visit.objects.get(external_id="A-3").coverage == Visit.Coverage.NO_FOLLOW_UP


def test_a_form_without_an_answer_says_what_is_missing_beside_the_field(kit: Browser) -> None:
    answer = kit.post("/not-covered/services/", {"service": "Signature Glow Ritual", "family": ""})
    assert answer.status_code == 422
    assert "Choose the treatment, or “No follow-up for this”." in answer.content.decode()


def test_naming_the_area_settles_the_question(kit: Browser, world: World) -> None:
    visit_id = kit.get("/not-covered/").context["found"].areas[0].visit_id
    kit.post(f"/visits/{visit_id}/area/", {"area": "cheeks"})
    assert kit.get("/not-covered/").context["found"].areas == ()
    with practice_scope(world.practice_id):
        assert Plan.objects.filter(visit=visit_id, area="cheeks", state=Plan.State.ACTIVE).exists()


def test_a_reason_opens_the_visits_behind_it(kit: Browser) -> None:
    page = kit.get("/not-covered/visits/", {"why": "cannot be reached: no phone number and no e-mail address"})
    assert [row.name for row in page.context["found"].rows] == ["Lou Lind"]


def silent_history(world: World) -> int:
    with practice_scope(world.practice_id):
        batch = ImportBatch.objects.create(
            practice_id=world.practice_id, filename="old.csv", sha256="", mapping={}, imported_at=NOW
        )
    reports = [
        visit(f"H-{n}", "Ida", f"Stone{n}", f"+120755501{20 + n}", "Botox 30u", ended_at=NOW - timedelta(days=20 + n))
        for n in range(4)
    ]
    record_visits(
        practice_id=world.practice_id, source="old", reports=reports, now=NOW, is_from_file=True, batch_id=batch.pk
    )
    return batch.pk


def test_the_forecast_of_a_history_is_what_its_approval_plans(kit: Browser, world: World) -> None:
    batch_id = silent_history(world)
    assert "Nothing is sent about them until you approve it" in kit.get("/not-covered/").content.decode()
    forecast = kit.get(f"/history/{batch_id}/").context["forecast"]
    with practice_scope(world.practice_id):
        assert not Touch.objects.filter(plan__visit__batch=batch_id).exists()
    kit.post(f"/history/{batch_id}/approval/")
    with practice_scope(world.practice_id):
        planned = Touch.objects.filter(plan__visit__batch=batch_id, state=Touch.State.PLANNED)
        assert planned.count() == forecast.messages > 0
    assert "This history has been approved" in kit.get(f"/history/{batch_id}/").content.decode()
