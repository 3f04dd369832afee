"""The pages behind the links in messages. No sign-in: the ticket in the address is the key."""

from __future__ import annotations

from contextlib import suppress

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from afterglow.actions.agree_to_email import OtherWords, agree_to_email
from afterglow.actions.note_stop import NothingToEnd, stop_client_messages
from afterglow.actions.unsubscribe import unsubscribe
from afterglow.queries.preferences import preferences
from afterglow.queries.public import PublicPage, public_page
from afterglow.rules.optout import Scope
from afterglow.web.caller import network_address, user_agent


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
    """Asking shows buttons, because programs that scan mail open every link. Posting changes one thing.

    A post that names no change comes from a mail program's own button: it unsubscribes from marketing e-mail.
    """
    page = _page(ticket)
    if request.method == "GET":
        return _show_choices(request, page)
    change = request.POST.get("change", "")
    if not change:
        _unsubscribe(page, ticket)
        return _show(request, "unsubscribed", page)
    if change == "marketing_email_on":
        return _agree(request, page, ticket)
    if change not in _STOPS:
        return _show_choices(request, page, fault="Please choose again.")
    return _stop(request, page, ticket, change)


_STOPS = {
    "marketing_email_off": Scope.MARKETING_EMAIL,
    "texts_off": Scope.TEXTS,
    "voice_off": Scope.CALLS,
    "everything_off": Scope.EVERYTHING,
}
_DONE = {
    "marketing_email_off": "Done. You get no more e-mails about rebooking and offers.",
    "texts_off": "Done. You get no more texts.",
    "voice_off": "Done. We leave no voice messages.",
    "everything_off": "Done. You get no more messages from us.",
}


def _unsubscribe(page: PublicPage, ticket: str) -> None:
    unsubscribe(practice_id=page.practice_id, client_id=page.client_id, evidence=f"link {ticket}", now=timezone.now())


def _stop(request: HttpRequest, page: PublicPage, ticket: str, change: str) -> HttpResponse:
    with suppress(NothingToEnd):
        stop_client_messages(
            practice_id=page.practice_id,
            client_id=page.client_id,
            scope=_STOPS[change],
            source="preference page",
            evidence=f"link {ticket}",
            now=timezone.now(),
        )
    return _show_choices(request, page, done=_DONE[change])


def _agree(request: HttpRequest, page: PublicPage, ticket: str) -> HttpResponse:
    """On again, by a tick of its own under the exact words."""
    if request.POST.get("agreed") != "yes":
        return _show_choices(request, page, fault="Tick the box to say that you agree.")
    try:
        agree_to_email(
            practice_id=page.practice_id,
            client_id=page.client_id,
            digest=request.POST.get("wording", ""),
            evidence=f"ticked behind link {ticket}",
            ip=network_address(request),
            agent=user_agent(request),
            now=timezone.now(),
        )
    except OtherWords:
        return _show_choices(request, page, fault="The words have changed meanwhile. Please read them once more.")
    return _show_choices(request, page, done="Done. You get e-mails about rebooking and offers.")


def _show_choices(request: HttpRequest, page: PublicPage, *, done: str = "", fault: str = "") -> HttpResponse:
    choices = preferences(page.practice_id, page.client_id)
    return _show(request, "preferences", page, choices=choices, done=done, fault=fault, status=422 if fault else 200)


def _page(ticket: str, *, has_aftercare: bool = False) -> PublicPage:
    page = public_page(ticket, now=timezone.now(), has_aftercare=has_aftercare)
    if page is None:
        raise Http404
    return page


def _show(request: HttpRequest, name: str, page: PublicPage, *, status: int = 200, **more: object) -> HttpResponse:
    response = render(request, f"public/{name}.html", {"page": page, **more}, status=status)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response
