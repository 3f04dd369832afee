"""A file of visits goes in whole, once, and says what was wrong with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from afterglow.actions.import_file import Imported, import_file, saved_mapping
from afterglow.intake.columns import Mapping, header_fingerprint, suggest_mapping
from afterglow.intake.systems.csv_file import read_table
from afterglow.models import Client, Consent, ImportBatch, Plan, SavedMapping, Treatment, Visit
from afterglow.models.scope import practice_scope
from tests.stories.stage import ZONE, Stage

pytestmark = pytest.mark.django_db
HEADER = (
    "appointment_id,status,start,end,service,client_id,first_name,last_name,phone,email,state,"
    "consent_care_sms,consent_evidence,amount\n"
)
ROSA = (
    "a1,completed,2026-11-03T10:00,2026-11-03T11:00,"
    "Botox 20u,c1,Rosa,Alvarez,(207) 555-0101,,ME,2026-01-02,form v3,240\n"
)
OLD = (
    "a2,completed,2026-05-03T10:00,2026-05-03T11:00,"
    "HydraFacial,c2,Dana,Hart,(207) 555-0102,,ME,2026-01-02,form v3,189\n"
)
BROKEN = "a3,completed,the day after,,Botox 20u,c3,June,Okafor,(207) 555-0103,,ME,,,\n"
UNPROVEN = "a4,completed,2026-11-03T15:00,2026-11-03T16:00,Botox 20u,c4,Mina,Park,(207) 555-0104,,ME,2026-01-02,,240\n"


@pytest.fixture
def stage() -> Stage:
    return Stage.open("2026-11-04T08:00")


def run(stage: Stage, path: Path, text: str, mapping: Mapping | None = None, *, consent_evidence: str = "") -> Imported:
    path.write_text(text, encoding="utf-8")
    table = read_table(path, filename=path.name)
    return import_file(
        practice_id=stage.practice_id,
        timezone=ZONE.key,
        path=path,
        table=table,
        mapping=mapping or suggest_mapping(table.header),
        fingerprint=header_fingerprint(table.header),
        by="Kit",
        consent_evidence=consent_evidence,
        now=stage.now,
    )


def counts(stage: Stage) -> tuple[int, ...]:
    with practice_scope(stage.practice_id):
        models = (Client, Visit, Treatment, Plan, Consent)
        return tuple(model.objects.filter(practice=stage.practice_id).count() for model in models)


def test_recent_visits_are_planned_and_old_ones_are_silent_history(stage: Stage, tmp_path: Path) -> None:
    imported = run(stage, tmp_path / "visits.csv", HEADER + ROSA + OLD)

    assert (imported.recorded.new, imported.recorded.history) == (2, 1)
    assert imported.recorded.coverage == {"planned": 1}
    stage.run_until(stage.now + timedelta(days=3))
    assert len(stage.sent()) == 1


def test_a_second_import_of_the_same_file_changes_nothing(stage: Stage, tmp_path: Path) -> None:
    run(stage, tmp_path / "visits.csv", HEADER + ROSA + OLD)
    before = counts(stage)

    again = run(stage, tmp_path / "visits.csv", HEADER + ROSA + OLD)

    assert (again.recorded.new, again.recorded.changed, again.recorded.same) == (0, 0, 2)
    assert counts(stage) == before


def test_a_broken_line_is_named_and_the_rest_goes_through(stage: Stage, tmp_path: Path) -> None:
    imported = run(stage, tmp_path / "visits.csv", HEADER + BROKEN + ROSA)

    assert imported.recorded.new == 1
    [fault] = [f for f in imported.faults if f.is_fatal]
    assert (fault.row, fault.column) == (2, "start")
    assert "Okafor" not in fault.message


def test_a_consent_without_evidence_is_not_taken_over(stage: Stage, tmp_path: Path) -> None:
    imported = run(stage, tmp_path / "visits.csv", HEADER + UNPROVEN)

    assert imported.recorded.new == 1
    assert any("evidence" in f.message for f in imported.faults)
    with practice_scope(stage.practice_id):
        assert not Consent.objects.filter(practice=stage.practice_id).exists()


def test_the_same_file_again_with_what_proves_its_consents_brings_them(stage: Stage, tmp_path: Path) -> None:
    run(stage, tmp_path / "visits.csv", HEADER + UNPROVEN)
    again = run(stage, tmp_path / "visits.csv", HEADER + UNPROVEN, consent_evidence="Form v3, binder 2")

    assert (again.recorded.changed, again.fault_count) == (1, 0)
    with practice_scope(stage.practice_id):
        assert [c.evidence for c in Consent.objects.all()] == ["Form v3, binder 2"]
        batches = ImportBatch.objects.order_by("pk")
        assert [batch.mapping.get("consent_evidence", "") for batch in batches] == ["", "Form v3, binder 2"]
        assert "consent_evidence" not in SavedMapping.objects.get().mapping


def test_a_foreign_file_is_mapped_once_and_remembered(stage: Stage, tmp_path: Path) -> None:
    header = "Ref,What happened,When,Done,Given name,Mobile\n"
    row = "77,Checked Out,2026-11-03 11:00,Botox 20u,Rosa,207-555-0101\n"
    mapping = Mapping(
        columns={
            "appointment_id": "Ref",
            "status": "What happened",
            "start": "When",
            "service": "Done",
            "first_name": "Given name",
            "phone": "Mobile",
        }
    )
    imported = run(stage, tmp_path / "other.csv", header + row, mapping)

    assert imported.recorded.coverage != {}
    fingerprint = header_fingerprint(read_table(tmp_path / "other.csv").header)
    assert saved_mapping(practice_id=stage.practice_id, fingerprint=fingerprint) == mapping


def test_corrected_contact_data_flows_through(stage: Stage, tmp_path: Path) -> None:
    run(stage, tmp_path / "visits.csv", HEADER + ROSA)
    run(stage, tmp_path / "visits.csv", HEADER + ROSA.replace("555-0101", "555-0109"))

    with practice_scope(stage.practice_id):
        assert [c.phone for c in Client.objects.filter(practice=stage.practice_id)] == ["+12075550109"]


def test_two_people_who_share_a_phone_stay_two_people(stage: Stage, tmp_path: Path) -> None:
    daughter = ROSA.replace("a1", "a9").replace("c1", "").replace("Rosa", "Ines")
    run(stage, tmp_path / "visits.csv", HEADER + ROSA + daughter)

    assert counts(stage)[0] == 2
