"""Visits without follow-up, and the answers that change it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from afterglow.actions.answer_visit import name_area, name_service
from afterglow.actions.approve_history import approve_history
from afterglow.models import ImportBatch, Visit
from afterglow.queries.history import history_forecast
from afterglow.queries.not_covered import not_covered, uncovered_for
from afterglow.queries.silence import silent_clients
from afterglow.queries.words import counted
from afterglow.rules.catalog import MatchedTreatment
from afterglow.rules.vocabulary import AREAS
from afterglow.web.choices import AREA_CHOICES, BRAND_CHOICES, FAMILY_CHOICES, FILLER_AREAS
from afterglow.web.day_bars import day_bars
from afterglow.web.forms import ServiceForm
from afterglow.web.pages import back, page_number, screen, with_query
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import fault, toast


@require_GET
def show_not_covered(request: StaffRequest) -> HttpResponse:
    return _show(request)


@require_GET
def show_reason(request: StaffRequest) -> HttpResponse:
    page = page_number(request)
    found = uncovered_for(request.practice, request.GET.get("why", ""), page=page)
    return screen(
        request,
        "not_covered/reason.html",
        found=found,
        silent=silent_clients(request.practice, [visit.client_id for visit in found.rows]),
        page=page,
        previous=with_query(why=found.reason, page=page - 1),
        following=with_query(why=found.reason, page=page + 1),
    )


@require_POST
def answer_service(request: StaffRequest) -> HttpResponse:
    """One submit names a service, for every visit of that name and for good."""
    form = ServiceForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form, status=422)
    answer = form.cleaned_data
    is_treatment = answer["family"] != "none"
    count = name_service(
        practice_id=request.practice.pk,
        service=answer["service"],
        code=answer["code"],
        decision="enrol" if is_treatment else "no_follow_up",
        treatment=MatchedTreatment(answer["family"], answer["brand"], answer["area"]) if is_treatment else None,
        by=request.by,
        now=request.now,
    )
    toast(request, f"Remembered. {counted(count, 'visit')} answered.")
    return redirect("not-covered")


@require_POST
def answer_area(request: StaffRequest, visit_id: int) -> HttpResponse:
    if not Visit.objects.filter(practice=request.practice, pk=visit_id).exists():
        raise Http404("This practice has no such visit.")
    area = request.POST.get("area", "")
    if area not in AREAS:
        fault(request, "Choose the area that was treated.")
    else:
        name_area(practice_id=request.practice.pk, visit_id=visit_id, area=area, by=request.by, now=request.now)
        toast(request, "Area noted. The dates of the follow-up now fit it.")
    return back(request, "not-covered")


@require_GET
def show_history(request: StaffRequest, batch_id: int) -> HttpResponse:
    try:
        forecast = history_forecast(request.practice, batch_id, now=request.now)
    except ImportBatch.DoesNotExist:
        raise Http404("This practice has no such import.") from None
    bars = day_bars(forecast.next_days, chosen=None, address=None)
    return screen(request, "history.html", forecast=forecast, bars=bars)


@require_POST
def approve(request: StaffRequest, batch_id: int) -> HttpResponse:
    if not ImportBatch.objects.filter(practice=request.practice, pk=batch_id).exists():
        raise Http404("This practice has no such import.")
    ended = approve_history(practice_id=request.practice.pk, batch_id=batch_id, by=request.by, now=request.now)
    toast(request, f"Approved. {counted(ended.get('planned', 0), 'visit')} now have a follow-up plan.")
    return redirect("upcoming")


def _show(request: StaffRequest, *, form: ServiceForm | None = None, status: int = 200) -> HttpResponse:
    found = not_covered(request.practice)
    response = screen(
        request,
        "not_covered.html",
        found=found,
        silent=silent_clients(request.practice, [visit.client_id for visit in found.areas]),
        form=form,
        families=FAMILY_CHOICES,
        brands=BRAND_CHOICES,
        areas=AREA_CHOICES,
        filler_areas=FILLER_AREAS,
    )
    response.status_code = status
    return response
