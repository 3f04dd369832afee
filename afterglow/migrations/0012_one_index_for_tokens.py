"""The token of an attempt has one index instead of two: nobody searches it with LIKE, and every message paid for both."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("afterglow", "0011_consent_capture")]
    operations = [
        migrations.AlterField("attempt", "token", models.TextField()),
        migrations.AddConstraint("attempt", models.UniqueConstraint(fields=["token"], name="one_attempt_per_token")),
    ]
