"""Told as well: a mark on a client, a concern that is opened, a ban. Messages on their way are decided again."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CHANNEL = "afterglow_revoked"
TELL = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('{channel}', NEW.practice_id || ':{kind}:' || {whose});
    RETURN NULL;
END $$
"""
TELLERS = (
    ("afterglow_tell_revoked", "consent", "NEW.id"),
    ("afterglow_tell_client", "client", "NEW.client_id"),
    ("afterglow_tell_everybody", "everybody", "0"),
)
TRIGGERS = (
    ("afterglow_clientflag", "INSERT", "afterglow_tell_client"),
    ("afterglow_concern", "INSERT", "afterglow_tell_client"),
    ("afterglow_blackout", "INSERT OR UPDATE", "afterglow_tell_everybody"),
)


def tell_of_changes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for name, kind, whose in TELLERS:
        schema_editor.execute(TELL.format(name=name, channel=CHANNEL, kind=kind, whose=whose), params=None)
    for table, when, function in TRIGGERS:
        schema_editor.execute(
            f"CREATE TRIGGER told_when_changed AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


class Migration(migrations.Migration):
    dependencies = [("afterglow", "0012_one_index_for_tokens")]
    operations = [migrations.RunPython(tell_of_changes)]
