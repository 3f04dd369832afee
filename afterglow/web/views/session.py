"""Signing in and out, and the light the screens are shown in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from afterglow.web.pages import back

THEME = "theme"
THEMES = ("light", "dark")
_A_YEAR = 365 * 24 * 3600

sign_in = LoginView.as_view(template_name="sign_in.html", redirect_authenticated_user=True)
sign_out = login_not_required(LogoutView.as_view())


@login_not_required
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember the light for this browser; anything unknown means: as the system has it."""
    response = back(request, "today")
    wanted = request.POST.get(THEME, "")
    if wanted in THEMES:
        response.set_cookie(
            THEME, wanted, max_age=_A_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
        )
    else:
        response.delete_cookie(THEME)
    return response


def theme(request: HttpRequest) -> dict[str, str]:
    """The light that the base template renders in (context processor): no flash of the other one."""
    chosen = request.COOKIES.get(THEME, "")
    return {"theme": chosen if chosen in THEMES else ""}
