"""The pages behind the links in messages. No sign-in: the ticket in the address is the key."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from afterglow.actions.unsubscribe import unsubscribe
from afterglow.queries.public import PublicPage, public_page


@login_not_required
@require_GET
def booking(request: HttpRequest, ticket: str) -> HttpResponse:
    page = _page(ticket)
    if page.booking_link:
        return redirect(page.booking_link)
    return _show(request, "booking", page)


@login_not_required
@require_GET
def aftercare(request: HttpRequest, ticket: str) -> HttpResponse:
    return _show(request, "aftercare", _page(ticket, has_aftercare=True))


@login_not_required
@require_GET
def photo(request: HttpRequest, ticket: str) -> HttpResponse:
    return _show(request, "photo", _page(ticket))


@login_not_required
@csrf_exempt  # mail programs post here without a cookie (RFC 8058); the ticket is the proof
@require_http_methods(["GET", "POST"])
def unsubscription(request: HttpRequest, ticket: str) -> HttpResponse:
    """Asking shows a button, because programs that scan mail open every link; posting unsubscribes."""
    page = _page(ticket)
    if request.method == "GET":
        return _show(request, "unsubscribe", page)
    unsubscribe(practice_id=page.practice_id, client_id=page.client_id, evidence=f"link {ticket}", now=timezone.now())
    return _show(request, "unsubscribed", page)


def _page(ticket: str, *, has_aftercare: bool = False) -> PublicPage:
    page = public_page(ticket, now=timezone.now(), has_aftercare=has_aftercare)
    if page is None:
        raise Http404
    return page


def _show(request: HttpRequest, name: str, page: PublicPage) -> HttpResponse:
    response = render(request, f"public/{name}.html", {"page": page})
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response
