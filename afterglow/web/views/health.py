"""Is everything running? And who is told when it is not."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from afterglow.actions.set_alerts import set_alerts
from afterglow.actions.update_alarms import ask_for_test
from afterglow.models import Member
from afterglow.queries.findings import (
    Finding,
    State,
    account_finding,
    database_finding,
    parts_findings,
    practice_findings,
    site_finding,
)
from afterglow.queries.health import database_health, practice_health
from afterglow.queries.words import counted
from afterglow.rules.channel_words import of_account
from afterglow.web.forms import AlertsForm
from afterglow.web.pages import back, screen
from afterglow.web.share_bars import LABELS, meter, share_bars
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import fault, toast


@require_GET
def show_health(request: StaffRequest) -> HttpResponse:
    return _show(request)


@require_POST
def change_alerts(request: StaffRequest) -> HttpResponse:
    if not _may_change(request):
        return render(request, "403.html", status=403)
    form = AlertsForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form)
    set_alerts(practice_id=request.practice.pk, **form.cleaned_data)
    toast(request, "Alerts saved.")
    return back(request, "health")


@require_POST
def send_test(request: StaffRequest) -> HttpResponse:
    """The watcher sends it: that proves the whole way, and not only the account."""
    if not _may_change(request):
        return render(request, "403.html", status=403)
    if request.practice.alert_email or request.practice.alert_phone:
        ask_for_test(practice_id=request.practice.pk, now=request.now)
        toast(request, "The watcher sends a test alert within a minute.")
    else:
        fault(request, "Give an e-mail address or a phone number first, and save it.")
    return back(request, "health")


def _show(request: StaffRequest, *, form: AlertsForm | None = None) -> HttpResponse:
    """Health, with the form that could not be accepted if there is one."""
    practice, now = request.practice, request.now
    health = practice_health(practice, now=now)
    findings = (
        *parts_findings(health.facts.machine, now=now),
        *practice_findings(practice, health),
        database_finding(database_health()),
        site_finding(),
    )
    bad = sorted((f for f in findings if f.state != State.GOOD), key=lambda f: f.state != State.FAULT)
    page = screen(
        request,
        "health.html",
        "health/_parts.html",
        health=health,
        headline=_headline(bad),
        bad=bad,
        has_fault=any(f.state == State.FAULT for f in bad),
        good=[f for f in findings if f.state == State.GOOD],
        bars=share_bars(health.days),
        labels=LABELS,
        accounts=[
            {
                "health": account,
                "name": of_account(account.channel).capitalize(),
                "finding": account_finding(account, now=now),
                "spans": [
                    ("Last 24 hours", account.day, meter(account.day)),
                    ("Last 7 days", account.week, meter(account.week)),
                ],
            }
            for account in health.accounts
        ],
        form=form,
        may_change=_may_change(request),
    )
    page.status_code = 422 if form else 200
    return page


def _headline(bad: Sequence[Finding]) -> str:
    faults = sum(finding.state == State.FAULT for finding in bad)
    looks = len(bad) - faults
    if faults:
        return f"{counted(faults, 'thing')} {'needs' if faults == 1 else 'need'} you now"
    return f"Everything is running, {counted(looks, 'thing')} to look at" if looks else "Everything is running"


def _may_change(request: StaffRequest) -> bool:
    return request.role in (Member.Role.OWNER, Member.Role.INTEGRATOR)
