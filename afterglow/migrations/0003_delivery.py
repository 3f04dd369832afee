"""Delivery: who calls us back, what they said, which addresses are dead, and when an account was out."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import afterglow.models.practice


def give_tokens(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for account in apps.get_model("afterglow", "SenderAccount").objects.using(schema_editor.connection.alias):
        account.token = afterglow.models.practice.new_token()
        account.save(update_fields=["token"])
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("afterglow", "0002_tenancy"),
    ]

    operations = [
        migrations.AddField(
            model_name="practice",
            name="alert_after_minutes",
            field=models.SmallIntegerField(default=15),
        ),
        migrations.AddField(
            model_name="practice",
            name="alert_email",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="practice",
            name="alert_phone",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="rawevent",
            name="content_type",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="rawevent",
            name="query",
            field=models.TextField(default=""),
        ),
        migrations.AddField("senderaccount", "token", models.TextField(default="")),
        migrations.RunPython(give_tokens),
        migrations.AlterField(
            "senderaccount", "token", models.TextField(default=afterglow.models.practice.new_token, unique=True)
        ),
        migrations.AlterField(
            model_name="attempt",
            name="state",
            field=models.TextField(
                choices=[
                    ("intent", "Intent"),
                    ("accepted", "Accepted"),
                    ("refused", "Refused"),
                    ("unknown", "Unknown"),
                    ("absent", "Absent"),
                    ("undelivered", "Undelivered"),
                ],
                default="intent",
            ),
        ),
        migrations.AlterField(
            model_name="touch",
            name="state",
            field=models.TextField(
                choices=[
                    ("planned", "Planned"),
                    ("sending", "Sending"),
                    ("sent", "Sent"),
                    ("skipped", "Skipped"),
                    ("expired", "Expired"),
                    ("cancelled", "Cancelled"),
                    ("failed", "Failed"),
                ],
                default="planned",
            ),
        ),
        migrations.CreateModel(
            name="AddressFault",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.TextField()),
                ("address", models.TextField()),
                ("kind", models.TextField()),
                ("reason", models.TextField()),
                ("code", models.TextField(default="")),
                ("at", models.DateTimeField()),
                ("cleared_at", models.DateTimeField(null=True)),
                ("cleared_by", models.TextField(default="")),
                (
                    "practice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.practice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cleared_at", None)),
                        fields=("practice", "channel", "address"),
                        name="one_open_fault_per_address",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("subject", models.TextField(default="")),
                ("reason", models.TextField()),
                ("opened_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
                ("told_how", models.TextField(default="")),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "practice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.practice",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["practice", "-opened_at"], name="alarm_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("practice", "kind", "subject"),
                        name="one_open_alarm",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("detail", models.TextField(default="")),
                ("at", models.DateTimeField()),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.message",
                    ),
                ),
                (
                    "practice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.practice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("practice", "message", "kind"), name="one_event_per_message_and_kind"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Outage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.TextField()),
                ("provider", models.TextField()),
                ("reason", models.TextField()),
                ("tries", models.IntegerField(default=1)),
                ("began_at", models.DateTimeField()),
                ("retry_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "practice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.practice",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["practice", "-began_at"], name="outage_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("practice", "channel"),
                        name="one_open_outage_per_channel",
                    )
                ],
            },
        ),
    ]
