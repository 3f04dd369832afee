"""A message that goes out is updated where it lies: room on its page, and no index on what changes about it."""

from __future__ import annotations

from django.db import migrations, models

# Rows are updated soon after they were written; half a page left free costs less than a second entry in five indexes.
ROOM = 'ALTER TABLE "afterglow_message" SET (fillfactor = 50)'
# A morning's burst must not be planned for with yesterday's idea of how many rows a practice has.
FRESH = """
ALTER TABLE "{table}" SET (autovacuum_analyze_scale_factor = 0.01, autovacuum_analyze_threshold = 500,
                           autovacuum_vacuum_scale_factor = 0.05)
"""
BUSY = ("afterglow_attempt", "afterglow_message", "afterglow_touch")


class Migration(migrations.Migration):
    dependencies = [("afterglow", "0004_delivery_tenancy")]
    operations = [
        migrations.RemoveConstraint("message", "one_inbound_message_per_provider_id"),
        migrations.AddField(
            "message",
            "inbound_id",
            models.GeneratedField(
                expression=models.Case(models.When(direction="in", then=models.F("provider_id"))),
                output_field=models.TextField(null=True),
                db_persist=True,
            ),
        ),
        migrations.AddConstraint(
            "message",
            models.UniqueConstraint(
                fields=["practice", "inbound_id"],
                name="one_inbound_message_per_provider_id",
                condition=models.Q(inbound_id__isnull=False),
            ),
        ),
        migrations.RunSQL(ROOM, migrations.RunSQL.noop),
        *(migrations.RunSQL(FRESH.format(table=table), migrations.RunSQL.noop) for table in BUSY),
    ]
