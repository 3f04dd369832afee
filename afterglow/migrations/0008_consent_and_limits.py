"""Consent with its ledger and its form, notices, bans, checks of numbers, and how long things are kept."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import afterglow.models.consents


class Migration(migrations.Migration):
    dependencies = [
        ("afterglow", "0007_not_sent"),
    ]

    operations = [
        migrations.CreateModel(
            name="Blackout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.TextField(default="")),
                (
                    "scope",
                    models.TextField(
                        choices=[("marketing", "Marketing"), ("everything", "Everything")], default="marketing"
                    ),
                ),
                ("from_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("reason", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("created_by", models.TextField(default="")),
                ("ended_by", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="ConsentForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.TextField(default=afterglow.models.consents.new_form_token, unique=True)),
                ("is_open", models.BooleanField(default=True)),
                ("has_double_opt_in", models.BooleanField(default=True)),
                (
                    "embed_origins",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ConsentRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phone", models.TextField()),
                ("sealed", models.BinaryField()),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="ConsentText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.TextField()),
                ("language", models.TextField(default="en")),
                ("version", models.IntegerField()),
                ("text", models.TextField()),
                ("digest", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("created_by", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.UUIDField()),
                ("title", models.TextField(default="")),
                ("content_type", models.TextField()),
                ("digest", models.TextField()),
                ("sealed", models.BinaryField(null=True)),
                ("added_at", models.DateTimeField()),
                ("added_by", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                ("subject", models.UUIDField()),
                ("channel", models.TextField()),
                ("purpose", models.TextField()),
                ("status", models.TextField()),
                ("source", models.TextField()),
                ("text_digest", models.TextField(default="")),
                ("address_digest", models.TextField()),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("sealed", models.BinaryField()),
                ("previous", models.TextField()),
                ("digest", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="LedgerHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                ("digest", models.TextField()),
                ("address_key_sealed", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("object_id", models.BigIntegerField(null=True)),
                ("by", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("channel", models.TextField()),
                ("address", models.TextField()),
                ("subject", models.TextField(default="")),
                ("body", models.TextField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("planned", "Planned"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("unknown", "Unknown"),
                            ("skipped", "Skipped"),
                            ("expired", "Expired"),
                            ("failed", "Failed"),
                        ],
                        default="planned",
                    ),
                ),
                ("reason", models.TextField(default="")),
                ("due_at", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                ("token", models.TextField(unique=True)),
                ("tries", models.IntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("provider_id", models.TextField(default="")),
                ("code", models.TextField(default="")),
                ("detail", models.TextField(default="")),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="NumberCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phone", models.TextField()),
                ("kind", models.TextField(choices=[("do_not_call", "Do Not Call"), ("reassigned", "Reassigned")])),
                ("answer", models.TextField(choices=[("yes", "Yes"), ("no", "No"), ("no_data", "No Data")])),
                ("as_of_on", models.DateField()),
                ("source", models.TextField()),
                ("checked_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Retention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField()),
                ("days", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="SubjectKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.UUIDField()),
                ("address_digest", models.TextField(default="")),
                ("key_sealed", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
                ("destroyed_at", models.DateTimeField(null=True)),
                ("destroyed_by", models.TextField(default="")),
            ],
        ),
        migrations.AddField(
            model_name="client",
            name="erased_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="consent",
            name="text_digest",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="message",
            name="basis",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="practice",
            name="stop_scope",
            field=models.TextField(default="everything"),
        ),
        migrations.AddField(
            model_name="practice",
            name="stop_scope_from",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="blackout",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
            ),
        ),
        migrations.AddField(
            model_name="consentform",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
            ),
        ),
        migrations.AddField(
            model_name="consentrequest",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
            ),
        ),
        migrations.AddField(
            model_name="consenttext",
            name="practice",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="afterglow.practice",
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="client",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="afterglow.client",
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="practice",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="afterglow.practice",
            ),
        ),
        migrations.AddField(
            model_name="ledgerhead",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
            ),
        ),
        migrations.AddField(
            model_name="look",
            name="client",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="afterglow.client",
            ),
        ),
        migrations.AddField(
            model_name="look",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="cause",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="afterglow.message",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="client",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="afterglow.client",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="notice",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="afterglow.notice",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("notice__isnull", False)), fields=["practice", "notice"], name="message_by_notice"
            ),
        ),
        migrations.AddField(
            model_name="numbercheck",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
            ),
        ),
        migrations.AddField(
            model_name="retention",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
            ),
        ),
        migrations.AddField(
            model_name="subjectkey",
            name="client",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="afterglow.client",
            ),
        ),
        migrations.AddField(
            model_name="subjectkey",
            name="practice",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
            ),
        ),
        migrations.AddIndex(
            model_name="blackout",
            index=models.Index(fields=["practice", "from_at"], name="blackout_by_time"),
        ),
        migrations.AddConstraint(
            model_name="consentform",
            constraint=models.UniqueConstraint(fields=("practice",), name="one_consent_form_per_practice"),
        ),
        migrations.AddIndex(
            model_name="consentrequest",
            index=models.Index(
                condition=models.Q(("answered_at", None)), fields=["practice", "phone"], name="consent_request_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="consenttext",
            constraint=models.UniqueConstraint(
                fields=("practice", "purpose", "language", "version"), name="one_text_per_purpose_and_version"
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["practice", "client"], name="evidence_by_client"),
        ),
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("status", "revoked")),
                fields=["practice", "address_digest"],
                name="ledger_by_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(fields=("practice", "number"), name="one_ledger_entry_per_number"),
        ),
        migrations.AddConstraint(
            model_name="ledgerhead",
            constraint=models.UniqueConstraint(fields=("practice",), name="one_ledger_head_per_practice"),
        ),
        migrations.AddIndex(
            model_name="look",
            index=models.Index(fields=["practice", "-at"], name="look_by_time"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("state__in", ["planned", "sending"])),
                fields=["practice", "due_at"],
                name="notice_due",
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["practice", "address", "-created_at"], name="notice_by_address"),
        ),
        migrations.AddConstraint(
            model_name="numbercheck",
            constraint=models.UniqueConstraint(
                fields=("practice", "phone", "kind"), name="one_check_per_number_and_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="retention",
            constraint=models.UniqueConstraint(fields=("practice", "kind"), name="one_retention_per_kind"),
        ),
        migrations.AddIndex(
            model_name="subjectkey",
            index=models.Index(
                condition=models.Q(("destroyed_at__isnull", False)), fields=["practice"], name="key_destroyed"
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectkey",
            constraint=models.UniqueConstraint(fields=("practice", "subject"), name="one_key_per_subject"),
        ),
        migrations.AddConstraint(
            model_name="subjectkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("client__isnull", False), ("destroyed_at", None)),
                fields=("practice", "client"),
                name="one_key_per_client",
            ),
        ),
        migrations.AddConstraint(
            model_name="subjectkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("destroyed_at", None), models.Q(("address_digest", ""), _negated=True)),
                fields=("practice", "address_digest"),
                name="one_key_per_address",
            ),
        ),
    ]
