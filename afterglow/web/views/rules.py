"""Rules for sending: the law's hours as the machine keeps them, and the bans that a practice notes itself."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from afterglow.actions.set_blackouts import EndsBeforeItBegins, add_blackout, end_blackout
from afterglow.actions.set_stop_scope import set_stop_scope
from afterglow.models import Blackout, Member
from afterglow.queries.blackouts import blackouts
from afterglow.queries.sending_rules import sending_rules
from afterglow.rules.facts import BanScope
from afterglow.rules.number_caps import TEXTS_PER_NUMBER
from afterglow.rules.state_rules import rules_version
from afterglow.web.ban_form import BanForm
from afterglow.web.pages import known, screen
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import fault, toast


@require_GET
def show_rules(request: StaffRequest) -> HttpResponse:
    return _show(request, BanForm(initial={"state": request.practice.state}))


@require_POST
def add_ban(request: StaffRequest) -> HttpResponse:
    if not _may_change(request):
        return render(request, "403.html", status=403)
    form = BanForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    told = form.cleaned_data
    try:
        add_blackout(
            practice_id=request.practice.pk,
            state=told["state"],
            scope=BanScope(told["scope"]),
            from_at=told["from_at"] or request.now,
            until_at=told["until_at"],
            reason=told["reason"],
            by=request.by,
            now=request.now,
        )
    except EndsBeforeItBegins:
        form.add_error("until_at", "The end must lie after the beginning.")
        return _show(request, form, status=422)
    toast(request, "The ban is noted. It counts from the next message on.")
    return redirect("rules")


@require_POST
def end_ban(request: StaffRequest, blackout_id: int) -> HttpResponse:
    if not _may_change(request):
        return render(request, "403.html", status=403)
    known(request, Blackout, blackout_id)
    if end_blackout(practice_id=request.practice.pk, blackout_id=blackout_id, by=request.by, now=request.now):
        toast(request, "The ban has ended. What waited for it is decided anew.")
    else:
        fault(request, "This ban had ended before.")
    return redirect("rules")


@require_POST
def change_stop(request: StaffRequest) -> HttpResponse:
    """How far a bare STOP reaches, and from which day. The owner's to answer for."""
    if request.role != Member.Role.OWNER:
        return render(request, "403.html", status=403)
    asked = request.POST.get("from_on", "").strip()
    try:
        from_on = date.fromisoformat(asked) if asked else None
    except ValueError:
        fault(request, "Write a day, like 2027-01-31, or leave it empty.")
        return redirect("rules")
    set_stop_scope(practice_id=request.practice.pk, marketing_only_from=from_on)
    toast(request, "Saved. It counts from the next STOP on.")
    return redirect("rules")


def _show(request: StaffRequest, form: BanForm, *, status: int = 200) -> HttpResponse:
    bans = blackouts(request.practice, now=request.now)
    page = screen(
        request,
        "rules.html",
        standing=[ban for ban in bans if ban.can_be_ended],
        past=[ban for ban in bans if not ban.can_be_ended],
        rules=sending_rules(request.practice),
        version=rules_version(),
        most=TEXTS_PER_NUMBER,
        form=form,
        may_change=_may_change(request),
    )
    page.status_code = status
    return page


def _may_change(request: StaffRequest) -> bool:
    return request.role in (Member.Role.OWNER, Member.Role.INTEGRATOR)
