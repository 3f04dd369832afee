"""The first screen and what can be done on it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from afterglow.actions.close_task import close_task, reopen_task
from afterglow.models import Task
from afterglow.queries.silence import silent_clients
from afterglow.queries.today import lane_page, today
from afterglow.web.pages import back, known, page_number, screen, with_query
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import fault, toast

OUTCOMES = {
    "done": "done",
    "reached": "reached by phone",
    "voicemail": "left a voicemail",
    "no_answer": "no answer",
}


@require_GET
def show_today(request: StaffRequest) -> HttpResponse:
    found = today(request.practice, now=request.now)
    tasks = (task for lane in found.lanes for task in lane.rows)
    shown = [row.client_id for rows in (tasks, found.going_out, found.not_sent.groups) for row in rows]
    silent = silent_clients(request.practice, shown)
    return screen(request, "today.html", "today/_lanes.html", today=found, silent=silent)


@require_GET
def show_lane(request: StaffRequest, key: str) -> HttpResponse:
    page = page_number(request)
    try:
        lane, has_next = lane_page(request.practice, key, page=page, now=request.now)
    except KeyError:
        raise Http404("There is no such list.") from None
    return screen(
        request,
        "today/lane.html",
        lane=lane,
        silent=silent_clients(request.practice, [task.client_id for task in lane.rows]),
        page=page,
        has_next=has_next,
        previous=with_query(page=page - 1),
        following=with_query(page=page + 1),
    )


@require_POST
def close(request: StaffRequest, task_id: int) -> HttpResponse:
    known(request, Task, task_id)
    outcome = OUTCOMES.get(request.POST.get("outcome", ""), "done")
    is_closed = close_task(
        practice_id=request.practice.pk, task_id=task_id, outcome=outcome, by=request.by, now=request.now
    )
    if is_closed:
        toast(request, "Done.", undo=reverse("task-reopening", args=[task_id]))
    else:
        fault(request, "Somebody else has already done this.")
    return back(request, "today")


@require_POST
def reopen(request: StaffRequest, task_id: int) -> HttpResponse:
    known(request, Task, task_id)
    reopen_task(practice_id=request.practice.pk, task_id=task_id)
    return redirect("today")
