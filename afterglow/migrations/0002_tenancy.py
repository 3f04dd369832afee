"""Rows stay within their practice, and the few questions that look across practices get a door of their own."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from afterglow.migrations._tenancy import KeepWithinPractice, hide, open_door

# Each runs with the rights of the owner who creates it, so each answers one question and shows no more than ids.
ACROSS = {
    "afterglow_practices_of(asked bigint)": (
        "TABLE (practice_id bigint, role text)",
        "SELECT m.practice_id, m.role FROM afterglow_member m WHERE m.user_id = asked ORDER BY 1",
    ),
    "afterglow_practices_with_due(moment timestamptz)": (
        "TABLE (practice_id bigint)",
        """
        SELECT p.id FROM afterglow_practice p
        WHERE EXISTS (
            SELECT FROM afterglow_touch t
            WHERE t.practice_id = p.id AND t.state = 'planned' AND t.due_at <= moment
        ) OR EXISTS (
            SELECT FROM afterglow_attempt a
            WHERE a.practice_id = p.id AND a.state IN ('intent', 'unknown') AND a.finished_at IS NULL
        ) OR EXISTS (
            SELECT FROM afterglow_rawevent e
            WHERE e.practice_id = p.id AND e.processed_at IS NULL
        ) ORDER BY 1
        """,
    ),
    "afterglow_source_by_token(asked text)": (
        "TABLE (practice_id bigint, source_id bigint, kind text)",
        "SELECT s.practice_id, s.id, s.kind FROM afterglow_source s WHERE s.token = asked",
    ),
    "afterglow_all_practices()": (
        "TABLE (practice_id bigint)",
        "SELECT p.id FROM afterglow_practice p ORDER BY 1",
    ),
}


def hide_practices(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    hide(schema_editor, "afterglow_practice", practice_column="id")


def open_doors(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for signature, (answer, query) in ACROSS.items():
        open_door(schema_editor, signature, answer, query)


class Migration(migrations.Migration):
    dependencies = [("afterglow", "0001_initial")]
    operations = [
        migrations.RunPython(hide_practices),
        KeepWithinPractice(
            [
                "Attempt",
                "Client",
                "ClientFlag",
                "ClosedDay",
                "Concern",
                "Consent",
                "ImportBatch",
                "Member",
                "Message",
                "Plan",
                "ProtocolVersion",
                "RawEvent",
                "Remark",
                "SavedMapping",
                "SenderAccount",
                "ServiceRule",
                "Source",
                "Task",
                "Touch",
                "Treatment",
                "Visit",
            ]
        ),
        migrations.RunPython(open_doors),
    ]
