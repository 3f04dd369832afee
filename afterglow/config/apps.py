"""Afterglow as one Django app: models in `afterglow.models`, migrations in `afterglow.migrations`."""

from __future__ import annotations

from django.apps import AppConfig


class AfterglowConfig(AppConfig):
    name = "afterglow"
    label = "afterglow"
    verbose_name = "Afterglow"
    default_auto_field = "django.db.models.BigAutoField"
