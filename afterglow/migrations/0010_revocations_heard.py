"""Whoever hands messages to a provider is told of every revocation the moment it is committed. Ids only."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CHANNEL = "afterglow_revoked"
TELL = f"""
CREATE FUNCTION afterglow_tell_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('{CHANNEL}', NEW.practice_id || ':' || NEW.id);
    RETURN NULL;
END $$
"""
WHEN_REVOKED = (
    "CREATE TRIGGER told_when_revoked AFTER INSERT ON afterglow_consent FOR EACH ROW "
    "WHEN (NEW.status = 'revoked') EXECUTE FUNCTION afterglow_tell_revoked()"
)


def tell_of_revocations(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute(TELL, params=None)
    schema_editor.execute(WHEN_REVOKED)


class Migration(migrations.Migration):
    dependencies = [("afterglow", "0009_consent_tenancy")]
    operations = [migrations.RunPython(tell_of_revocations)]
