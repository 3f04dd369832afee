"""The rows of consent and its proof stay within their practice; what proves something is never changed."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from afterglow.migrations._tenancy import KeepWithinPractice, LinkWithinPractice, open_door

# A whole demonstration may go, and takes its rows along: that is the only way in which a trigger deletes them.
REFUSE = """
CREATE FUNCTION afterglow_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
KEEP_REAL = """
CREATE FUNCTION afterglow_keep_practice() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_temp AS $$
BEGIN
    IF NOT OLD.is_demo THEN
        RAISE EXCEPTION 'only a demonstration can be deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    DELETE FROM afterglow_ledgerentry WHERE practice_id = OLD.id;
    DELETE FROM afterglow_consenttext WHERE practice_id = OLD.id;
    RETURN OLD;
END $$
"""
ADDED_TO_ONLY = ("afterglow_ledgerentry", "afterglow_consenttext")


def protect(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute(REFUSE, params=None)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        schema = cursor.fetchone()[0]
    schema_editor.execute(KEEP_REAL.replace("{schema}", schema), params=None)
    for table in ADDED_TO_ONLY:
        schema_editor.execute(
            f"CREATE TRIGGER added_to_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION afterglow_refuse_change()"
        )
        schema_editor.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION afterglow_refuse_change()"
        )
    schema_editor.execute(
        "CREATE TRIGGER kept BEFORE DELETE ON afterglow_practice "
        "FOR EACH ROW EXECUTE FUNCTION afterglow_keep_practice()"
    )


WHO_HAS_WORK = """
SELECT p.id FROM afterglow_practice p
WHERE EXISTS (
    SELECT FROM afterglow_touch t
    WHERE t.practice_id = p.id AND t.state = 'planned' AND t.due_at <= moment
) OR EXISTS (
    SELECT FROM afterglow_notice n
    WHERE n.practice_id = p.id AND n.state IN ('planned', 'sending') AND n.due_at <= moment
) OR EXISTS (
    SELECT FROM afterglow_attempt a
    WHERE a.practice_id = p.id AND a.state IN ('intent', 'unknown') AND a.finished_at IS NULL
) OR EXISTS (
    SELECT FROM afterglow_rawevent e
    WHERE e.practice_id = p.id AND e.processed_at IS NULL
) ORDER BY 1
"""


def open_doors(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    open_door(
        schema_editor, "afterglow_practices_with_due(moment timestamptz)", "TABLE (practice_id bigint)", WHO_HAS_WORK
    )
    open_door(
        schema_editor,
        "afterglow_consent_form_by_token(asked text)",
        "TABLE (practice_id bigint, form_id bigint)",
        "SELECT f.practice_id, f.id FROM afterglow_consentform f WHERE f.token = asked",
    )


class Migration(migrations.Migration):
    dependencies = [("afterglow", "0008_consent_and_limits")]
    operations = [
        KeepWithinPractice(
            [
                "Blackout",
                "ConsentForm",
                "ConsentRequest",
                "ConsentText",
                "Evidence",
                "LedgerEntry",
                "LedgerHead",
                "Look",
                "Notice",
                "NumberCheck",
                "Retention",
                "SubjectKey",
            ]
        ),
        LinkWithinPractice("Message", "notice"),
        migrations.RunPython(protect),
        migrations.RunPython(open_doors),
    ]
