"""Who is asking, and for which practice: decided once, for every address that is not marked as open to everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from afterglow.models import Practice
from afterglow.models.across import practices_of
from afterglow.models.scope import practice_scope
from afterglow.queries.bar import Bar, bar_of

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

View = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in and works in `practice`. `by` is the name kept with what they do."""

    practice: Practice
    bar: Bar
    role: str
    by: str
    now: datetime
    htmx: HtmxDetails


class StaffMiddleware:
    """Opens the practice of whoever asks around each view. Only a view marked `login_not_required` does without."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponseBase | None:
        if not getattr(view, "login_required", True):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        memberships = practices_of(request.user.pk)
        if not memberships:
            return render(request, "no_practice.html", status=403)
        with practice_scope(memberships[0].practice_id):
            practice, bar = bar_of(memberships[0].practice_id)
            known: object = request
            known.practice, known.bar, known.role = practice, bar, memberships[0].role  # type: ignore[attr-defined]
            known.by, known.now = request.user.get_username(), timezone.now()  # type: ignore[attr-defined]
            with timezone.override(ZoneInfo(practice.timezone)):
                return view(request, *args, **kwargs)
