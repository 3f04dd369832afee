"""What will go out in the next two weeks."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from afterglow.queries.silence import silent_clients
from afterglow.queries.upcoming import upcoming
from afterglow.queries.words import CHANNELS, FUNCTIONS
from afterglow.web.day_bars import day_bars
from afterglow.web.pages import asked_day, page_number, screen, with_query
from afterglow.web.staff import StaffRequest


@require_GET
def show_upcoming(request: StaffRequest) -> HttpResponse:
    """Filters are in the address, so a view of it can be kept as a bookmark."""
    function = request.GET.get("function", "")
    channel = request.GET.get("channel", "")
    function = function if function in FUNCTIONS else ""
    channel = channel if channel in CHANNELS and channel != "staff_task" else ""
    on, page = asked_day(request), page_number(request)
    found = upcoming(request.practice, function=function, channel=channel, on=on, page=page, now=request.now)
    here = {"function": function, "channel": channel, "on": on}
    return screen(
        request,
        "upcoming.html",
        "upcoming/_list.html",
        found=found,
        silent=silent_clients(request.practice, [message.client_id for day in found.days for message in day.rows]),
        bars=day_bars(found.counts, chosen=on, address=lambda day: with_query(**{**here, "on": day})),
        functions=[_link(label, key, function, here, "function") for key, label in [("", "All"), *FUNCTIONS.items()]],
        channels=[
            _link(label, key, channel, here, "channel")
            for key, label in [("", "All"), *CHANNELS.items()]
            if key != "staff_task"
        ],
        on=on,
        is_filtered=bool(function or channel),
        everything=with_query(**{**here, "on": None}),
        previous=with_query(**here, page=page - 1),
        following=with_query(**here, page=page + 1),
    )


def _link(label: str, key: str, chosen: str, here: Mapping[str, object], name: str) -> dict[str, object]:
    return {"label": label, "is_chosen": key == chosen, "address": with_query(**{**here, name: key})}
