"""What the form offers, wordings of a practice's own, and programs that report consents."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import afterglow.models.consents
from afterglow.migrations._tenancy import KeepWithinPractice, open_door


def open_doors(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    open_door(
        schema_editor,
        "afterglow_api_token_by_digest(asked text)",
        "TABLE (practice_id bigint, token_id bigint)",
        "SELECT t.practice_id, t.id FROM afterglow_apitoken t WHERE t.digest = asked AND t.revoked_at IS NULL",
    )


def _practice() -> models.ForeignKey[models.Model, models.Model]:
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="afterglow.practice"
    )


def _id() -> models.BigAutoField[int, int]:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [("afterglow", "0010_revocations_heard")]
    operations = [
        migrations.AddField(
            model_name="consentform",
            name="offers",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=afterglow.models.consents.usual_offers, size=None
            ),
        ),
        migrations.AddField(model_name="consentform", name="privacy_link", field=models.TextField(default="")),
        migrations.AddField(model_name="consentform", name="terms_link", field=models.TextField(default="")),
        migrations.AddField(model_name="consenttext", name="template", field=models.TextField(default="")),
        migrations.AddField(model_name="consenttext", name="is_foreign", field=models.BooleanField(default=False)),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", _id()),
                ("name", models.TextField()),
                ("digest", models.TextField(unique=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.TextField(default="")),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by", models.TextField(default="")),
                ("practice", _practice()),
            ],
        ),
        migrations.CreateModel(
            name="ApiCall",
            fields=[
                ("id", _id()),
                ("key", models.TextField()),
                ("body_digest", models.TextField()),
                ("answer", models.JSONField()),
                ("at", models.DateTimeField()),
                ("practice", _practice()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["practice", "key"], name="one_api_call_per_key")],
            },
        ),
        migrations.CreateModel(
            name="FormPost",
            fields=[
                ("id", _id()),
                ("nonce", models.TextField()),
                ("sender", models.TextField()),
                ("answer", models.JSONField()),
                ("at", models.DateTimeField()),
                ("practice", _practice()),
            ],
            options={
                "indexes": [models.Index(fields=["practice", "sender", "at"], name="form_post_by_sender")],
                "constraints": [models.UniqueConstraint(fields=["practice", "nonce"], name="one_form_post_per_nonce")],
            },
        ),
        KeepWithinPractice(["ApiToken", "ApiCall", "FormPost"]),  # they hold no links, so the same migration can do it
        migrations.RunPython(open_doors),
    ]
