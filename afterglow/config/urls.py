"""Every address of the application belongs to the web, or to the API for programs."""

from __future__ import annotations

from django.urls import include, path

from afterglow.api.urls import urls as api

urlpatterns = [path("api/v1/", api), path("", include("afterglow.web.urls"))]
