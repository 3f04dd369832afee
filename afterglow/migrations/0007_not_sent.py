"""Messages that were not sent are found without looking at those that were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("afterglow", "0006_messages_in_place")]
    operations = [
        migrations.AddIndex(
            "touch",
            models.Index(
                fields=["practice", "-ended_at"],
                name="touch_not_sent",
                condition=models.Q(state__in=["expired", "failed"]),
            ),
        )
    ]
