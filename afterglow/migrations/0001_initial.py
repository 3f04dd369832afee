"""The tables."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import afterglow.models.practice


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("part", models.TextField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("detail", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="Practice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("timezone", models.TextField()),
                ("state", models.TextField()),
                ("phone", models.TextField(default="")),
                ("urgent_phone", models.TextField(default="")),
                ("address", models.TextField(default="")),
                ("booking_link", models.TextField(default="")),
                ("opens_at", models.TimeField(default="09:00")),
                ("closes_at", models.TimeField(default="20:00")),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(),
                        default=afterglow.models.practice.every_weekday,
                        size=None,
                    ),
                ),
                ("high_value_threshold", models.DecimalField(decimal_places=2, default=2500, max_digits=10)),
                ("is_voice_enabled", models.BooleanField(default=False)),
                ("messages_per_day", models.SmallIntegerField(default=1)),
                ("marketing_per_week", models.SmallIntegerField(default=2)),
                ("is_merging_same_day", models.BooleanField(default=True)),
                ("has_named_treatments", models.BooleanField(default=False)),
                ("history_per_day", models.IntegerField(default=50)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("filename", models.TextField()),
                ("sha256", models.TextField()),
                ("mapping", models.JSONField()),
                ("counts", models.JSONField(default=dict)),
                ("imported_at", models.DateTimeField()),
                ("imported_by", models.TextField(default="")),
                ("history_approved_at", models.DateTimeField(null=True)),
                ("history_approved_by", models.TextField(default="")),
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Client",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("external_id", models.TextField(default="")),
                ("identity", models.TextField()),
                ("first_name", models.TextField(default="")),
                ("last_name", models.TextField(default="")),
                ("phone", models.TextField(default="")),
                ("email", models.TextField(default="")),
                ("state", models.TextField(default="")),
                ("zip", models.TextField(default="")),
                ("birth_on", models.DateField(null=True)),
                ("language", models.TextField(default="")),
                ("lifetime_value", models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ("acquisition_source", models.TextField(default="")),
                ("is_held_out", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("last_inbound_at", models.DateTimeField(null=True)),
                ("reply_waiting_since", models.DateTimeField(null=True)),
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
        ),
        migrations.CreateModel(
            name="ProtocolVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.TextField()),
                ("version", models.IntegerField()),
                ("text", models.TextField()),
                ("is_on", models.BooleanField()),
                ("is_current", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.TextField(default="")),
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
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("treatment_class", models.TextField()),
                ("family", models.TextField()),
                ("brand", models.TextField(default="")),
                ("area", models.TextField(default="")),
                ("state", models.TextField(choices=[("active", "Active"), ("stopped", "Stopped")], default="active")),
                ("stopped_reason", models.TextField(default="")),
                ("created_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.client",
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
                (
                    "protocol",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.protocolversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("text", models.TextField()),
                ("by", models.TextField(default="")),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.client",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.plan",
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
        ),
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.TextField()),
                ("mapping", models.JSONField()),
                ("saved_at", models.DateTimeField()),
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
        ),
        migrations.CreateModel(
            name="SenderAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.TextField()),
                ("provider", models.TextField()),
                ("config_encrypted", models.BinaryField()),
                ("created_at", models.DateTimeField()),
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
        ),
        migrations.CreateModel(
            name="ServiceRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.TextField()),
                ("name", models.TextField()),
                ("decision", models.TextField()),
                ("treatments", models.JSONField(default=list)),
                ("decided_by", models.TextField(default="")),
                ("decided_at", models.DateTimeField()),
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
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("token", models.TextField(unique=True)),
                ("secrets_encrypted", models.BinaryField()),
                ("created_at", models.DateTimeField()),
                ("last_event_at", models.DateTimeField(null=True)),
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RawEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("event_id", models.TextField()),
                ("body", models.BinaryField()),
                ("received_at", models.DateTimeField()),
                ("processed_at", models.DateTimeField(null=True)),
                ("fault", models.TextField(default="")),
                (
                    "practice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.practice",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.source",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Touch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.TextField()),
                ("function", models.TextField()),
                ("visit_on", models.DateField()),
                ("planned_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("planned", "Planned"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("skipped", "Skipped"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                        ],
                        default="planned",
                    ),
                ),
                ("reason", models.TextField(default="")),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.client",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.plan",
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
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("direction", models.TextField(choices=[("out", "Out"), ("in", "In")])),
                ("channel", models.TextField()),
                ("address", models.TextField()),
                ("subject", models.TextField(default="")),
                ("body", models.TextField()),
                (
                    "status",
                    models.TextField(
                        choices=[
                            ("sending", "Sending"),
                            ("accepted", "Accepted"),
                            ("delivered", "Delivered"),
                            ("failed", "Failed"),
                            ("unknown", "Unknown"),
                            ("received", "Received"),
                        ]
                    ),
                ),
                ("provider_id", models.TextField(default="")),
                ("at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.client",
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
                (
                    "touch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.touch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.TextField()),
                ("is_primary", models.BooleanField()),
                ("token", models.TextField(unique=True)),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("intent", "Intent"),
                            ("accepted", "Accepted"),
                            ("refused", "Refused"),
                            ("unknown", "Unknown"),
                            ("absent", "Absent"),
                        ],
                        default="intent",
                    ),
                ),
                ("expires_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("provider_id", models.TextField(default="")),
                ("code", models.TextField(default="")),
                ("detail", models.TextField(default="")),
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
                (
                    "touch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.touch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.TextField()),
                ("external_id", models.TextField()),
                (
                    "status",
                    models.TextField(
                        choices=[
                            ("booked", "Booked"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                            ("no_show", "No Show"),
                        ]
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField()),
                ("visit_on", models.DateField()),
                ("provider", models.TextField(default="")),
                ("location", models.TextField(default="")),
                ("reported_at", models.DateTimeField()),
                ("booked_at", models.DateTimeField(null=True)),
                ("fingerprint", models.TextField()),
                (
                    "coverage",
                    models.TextField(
                        choices=[
                            ("pending", "Pending"),
                            ("planned", "Planned"),
                            ("history", "History"),
                            ("not_covered", "Not Covered"),
                            ("no_follow_up", "No Follow Up"),
                        ],
                        default="pending",
                    ),
                ),
                ("coverage_reason", models.TextField(default="")),
                (
                    "batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.importbatch",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.client",
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
        ),
        migrations.CreateModel(
            name="Treatment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.SmallIntegerField()),
                ("service", models.TextField()),
                ("code", models.TextField(default="")),
                ("family", models.TextField()),
                ("brand", models.TextField(default="")),
                ("area", models.TextField(default="")),
                ("decision", models.TextField()),
                ("reason", models.TextField(default="")),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=10, null=True)),
                ("unit", models.TextField(default="")),
                ("amount", models.DecimalField(decimal_places=2, default=0, max_digits=10)),
                ("series_session", models.SmallIntegerField(null=True)),
                ("series_total", models.SmallIntegerField(null=True)),
                (
                    "practice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.practice",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.visit",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("is_urgent", models.BooleanField(default=False)),
                ("reason", models.TextField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.TextField(default="")),
                ("outcome", models.TextField(default="")),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.client",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
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
                (
                    "touch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.touch",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.visit",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="plan",
            name="visit",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="afterglow.visit",
            ),
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.TextField(
                        choices=[
                            ("owner", "Owner"),
                            ("front_desk", "Front Desk"),
                            ("clinician", "Clinician"),
                            ("integrator", "Integrator"),
                        ]
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
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
                    models.UniqueConstraint(fields=("practice", "user"), name="one_membership_per_practice")
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.TextField()),
                ("channel", models.TextField()),
                ("purpose", models.TextField()),
                ("status", models.TextField(choices=[("granted", "Granted"), ("revoked", "Revoked")])),
                ("evidence", models.TextField()),
                ("source", models.TextField()),
                ("recorded_by", models.TextField(default="")),
                ("at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.client",
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
                "indexes": [
                    models.Index(fields=["practice", "address", "channel", "purpose", "-at"], name="consent_by_address")
                ],
            },
        ),
        migrations.CreateModel(
            name="Concern",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("urgency", models.TextField()),
                ("reason", models.TextField()),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.TextField(default="")),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.client",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at", None)), fields=["practice", "client"], name="concern_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClosedDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("reason", models.TextField(default="")),
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
                "constraints": [models.UniqueConstraint(fields=("practice", "on"), name="one_closed_day_per_date")],
            },
        ),
        migrations.CreateModel(
            name="ClientFlag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("flag", models.TextField()),
                ("set_at", models.DateTimeField()),
                ("set_by", models.TextField(default="")),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="afterglow.client",
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
                    models.UniqueConstraint(fields=("practice", "client", "flag"), name="one_flag_per_client")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(fields=["practice", "identity"], name="client_by_identity"),
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(fields=["practice", "phone"], name="client_by_phone"),
        ),
        migrations.AddIndex(
            model_name="client",
            index=models.Index(fields=["practice", "last_name", "first_name"], name="client_by_name"),
        ),
        migrations.AddConstraint(
            model_name="client",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("practice", "external_id"),
                name="one_client_per_external_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="protocolversion",
            constraint=models.UniqueConstraint(fields=("practice", "key", "version"), name="one_protocol_version"),
        ),
        migrations.AddIndex(
            model_name="remark",
            index=models.Index(fields=["practice", "client", "at"], name="remark_by_client"),
        ),
        migrations.AddConstraint(
            model_name="savedmapping",
            constraint=models.UniqueConstraint(fields=("practice", "fingerprint"), name="one_mapping_per_header"),
        ),
        migrations.AddConstraint(
            model_name="senderaccount",
            constraint=models.UniqueConstraint(fields=("practice", "channel"), name="one_sender_per_channel"),
        ),
        migrations.AddConstraint(
            model_name="servicerule",
            constraint=models.UniqueConstraint(fields=("practice", "key"), name="one_rule_per_service"),
        ),
        migrations.AddIndex(
            model_name="rawevent",
            index=models.Index(
                condition=models.Q(("processed_at", None)), fields=["practice", "received_at"], name="raw_unprocessed"
            ),
        ),
        migrations.AddConstraint(
            model_name="rawevent",
            constraint=models.UniqueConstraint(fields=("practice", "kind", "event_id"), name="one_raw_event_per_id"),
        ),
        migrations.AddIndex(
            model_name="touch",
            index=models.Index(
                condition=models.Q(("state", "planned")), fields=["practice", "due_at"], name="touch_due"
            ),
        ),
        migrations.AddIndex(
            model_name="touch",
            index=models.Index(fields=["practice", "client", "planned_at"], name="touch_by_client"),
        ),
        migrations.AddConstraint(
            model_name="touch",
            constraint=models.UniqueConstraint(fields=("practice", "plan", "step"), name="one_touch_per_step"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["practice", "client", "at"], name="message_by_client"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["practice", "address", "-at"], name="message_by_address"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("direction", "in")),
                fields=("practice", "provider_id"),
                name="one_inbound_message_per_provider_id",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("state__in", ["intent", "unknown"])),
                fields=["practice", "started_at"],
                name="attempt_unresolved",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["intent", "accepted", "unknown"])),
                fields=("practice", "touch", "channel"),
                name="one_live_attempt_per_touch_and_channel",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["practice", "client", "ended_at"], name="visit_by_client"),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("coverage", "not_covered")),
                fields=["practice", "-ended_at"],
                name="visit_not_covered",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("coverage", "history")), fields=["practice", "batch"], name="visit_history"
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(
                fields=("practice", "source", "external_id"), name="one_visit_per_external_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="treatment",
            constraint=models.UniqueConstraint(
                fields=("practice", "visit", "position"), name="one_treatment_per_place"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["practice", "-is_urgent", "opened_at"],
                name="task_open",
            ),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["practice", "client"], name="plan_by_client"),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["practice", "visit"], name="plan_by_visit"),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["practice", "message"], name="attempt_by_message"),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["practice", "touch"], name="attempt_by_touch"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["practice", "touch"], name="message_by_touch"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(fields=["practice", "client"], name="task_by_client"),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["practice", "client"], name="consent_by_client"),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["practice", "-reported_at"], name="visit_by_report"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["practice", "-at"], name="message_by_time"),
        ),
    ]
