"""Messages that were not sent: which, why, and that somebody has seen it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from afterglow.actions.see_not_sent import see_not_sent, unsee_not_sent
from afterglow.models import Task
from afterglow.queries.not_sent import not_sent, not_sent_page
from afterglow.queries.silence import silent_clients
from afterglow.queries.words import counted
from afterglow.web.pages import asked_moment, back, known, page_number, screen, with_query
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import fault, toast


@require_GET
def show_not_sent(request: StaffRequest) -> HttpResponse:
    page = page_number(request)
    rows, has_next = not_sent_page(request.practice, page=page, now=request.now)
    return screen(
        request,
        "not_sent.html",
        rows=rows,
        silent=silent_clients(request.practice, [row.client_id for row in rows]),
        page=page,
        has_next=has_next,
        previous=with_query(page=page - 1),
        following=with_query(page=page + 1),
    )


@require_POST
def see(request: StaffRequest) -> HttpResponse:
    """What came after the page was shown stays unseen."""
    until = asked_moment(request.POST.get("until", ""))
    unseen = not_sent(request.practice, now=request.now)
    if until is None or unseen.last_at is None:
        fault(request, "There is nothing left to mark as seen.")
        return back(request, "today")
    task_id = see_not_sent(
        practice_id=request.practice.pk,
        count=unseen.total,
        until=min(until, unseen.last_at),
        by=request.by,
        now=request.now,
    )
    undo = reverse("not-sent-unreading", args=[task_id])
    toast(request, f"{counted(unseen.total, 'message')} marked as seen.", undo=undo)
    return back(request, "today")


@require_POST
def unsee(request: StaffRequest, task_id: int) -> HttpResponse:
    known(request, Task, task_id)
    unsee_not_sent(practice_id=request.practice.pk, task_id=task_id)
    return redirect("today")
