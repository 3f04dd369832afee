"""Every address of the application belongs to the web."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("afterglow.web.urls"))]
