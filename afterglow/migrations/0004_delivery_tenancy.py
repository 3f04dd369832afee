"""The rows of delivery stay within their practice; a provider that calls finds the account by its token."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from afterglow.migrations._tenancy import KeepWithinPractice, open_door


def open_doors(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    open_door(
        schema_editor,
        "afterglow_sender_by_token(asked text)",
        "TABLE (practice_id bigint, account_id bigint, channel text, provider text)",
        "SELECT s.practice_id, s.id, s.channel, s.provider FROM afterglow_senderaccount s WHERE s.token = asked",
    )


class Migration(migrations.Migration):
    dependencies = [("afterglow", "0003_delivery")]
    operations = [
        KeepWithinPractice(["AddressFault", "Alarm", "MessageEvent", "Outage"]),
        migrations.RunPython(open_doors),
    ]
