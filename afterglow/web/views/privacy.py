"""Privacy on one screen: how long things are kept, who looked at what, what a locked phone tells. For the owner."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from afterglow.actions.set_naming import set_naming
from afterglow.actions.set_retention import set_retention
from afterglow.models import Member
from afterglow.queries.privacy import lock_screens, looks, warned
from afterglow.queries.retention import retention_of
from afterglow.rules.retention import FOR_GOOD, Kind, TooLong, TooShort, spoken_days
from afterglow.web.pages import page_number, screen, with_query
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import toast


@dataclass(frozen=True, slots=True)
class Fault:
    """What was typed for a kind of record, and why it was not taken."""

    kind: Kind
    typed: str
    sentence: str


@require_GET
def show_privacy(request: StaffRequest) -> HttpResponse:
    return _show(request)


@require_POST
def change_retention(request: StaffRequest, word: str) -> HttpResponse:
    if request.role != Member.Role.OWNER:
        return render(request, "403.html", status=403)
    try:
        kind = Kind(word)
    except ValueError:
        raise Http404("There is no such kind of record.") from None
    typed = request.POST.get("days", "").strip()[:20]
    if not (typed.isascii() and typed.isdigit()):
        return _show(request, Fault(kind, typed, "Write a number of days."))
    try:
        set_retention(practice_id=request.practice.pk, kind=kind, days=int(typed))
    except (TooShort, TooLong) as fault:
        return _show(request, Fault(kind, typed, str(fault)))
    toast(request, f"Kept for {spoken_days(int(typed))} from now on.")
    return redirect("privacy")


@require_POST
def change_naming(request: StaffRequest) -> HttpResponse:
    if request.role != Member.Role.OWNER:
        return render(request, "403.html", status=403)
    named = request.POST.get("named") == "yes"
    set_naming(practice_id=request.practice.pk, is_named=named)
    toast(request, "Texts may name the treatment from now on." if named else "Texts say “your visit” from now on.")
    return redirect("privacy")


def _show(request: StaffRequest, fault: Fault | None = None) -> HttpResponse:
    if request.role != Member.Role.OWNER:
        return render(request, "403.html", status=403)
    number = page_number(request)
    shown = lock_screens(request.practice, now=request.now)
    page = screen(
        request,
        "privacy.html",
        retention=retention_of(request.practice),
        for_good=FOR_GOOD,
        fault=fault,
        looks=looks(request.practice, page=number),
        previous=with_query(page=number - 1),
        following=with_query(page=number + 1),
        named=request.practice.has_named_treatments,
        screens=[
            {"label": "Not named", "text": shown.discreet},
            {"label": "Named", "text": shown.named},
        ],
        warned=warned(request.practice),
    )
    page.status_code = 422 if fault else 200
    return page
