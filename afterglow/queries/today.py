"""The first screen: who waits and for how long, what goes out today, what came in since yesterday."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, Count, F, Min, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from afterglow.models import Message, Practice, Task, Touch, Visit
from afterglow.queries.not_sent import NotSent, not_sent
from afterglow.queries.visits import LastVisit, last_visits
from afterglow.queries.words import FUNCTIONS, QUESTIONS, TASKS, excerpt, waited, why_planned
from afterglow.rules.timing import end_of_day, local_day, local_moment

PER_LANE = 25
LISTED = 8
NAMING = ("service", "area")  # answered on the screen of visits that are not covered, many at once


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One thing that waits for a person, and the one action that ends it."""

    id: int
    kind: str
    label: str
    client_id: int | None
    name: str
    treatment: str
    sentence: str
    quote: str
    waited: str
    opened_at: datetime
    is_urgent: bool
    action: str  # read | close | call


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    key: str
    title: str
    total: int
    rows: Sequence[TaskRow]
    nothing: str

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingOut:
    """A message of today. `why` is the sentence staff can read out."""

    touch_id: int
    client_id: int
    name: str
    function: str
    due_at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    visits: int
    replies: int
    bookings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    on: date
    headline: str
    is_anybody_waiting: bool
    lanes: Sequence[Lane]
    services_to_name: int
    areas_to_name: int
    not_sent: NotSent
    going_out: Sequence[GoingOut]
    going_out_count: int
    tomorrow_count: int
    came_in: CameIn

    @property
    def has_tasks(self) -> bool:
        return bool(self.services_to_name or self.areas_to_name or self.not_sent.total) or any(
            lane.rows for lane in self.lanes
        )


_ACTIONS = {"reply": "read", "call": "call"}
_TITLES = (
    ("urgent", "Urgent", "Nothing urgent. A reply that nobody has read yet appears here the moment it arrives."),
    ("human", "Needs a person", "No open questions. When a client asks for help or for texts again, you see it here."),
    ("todo", "To do", "Nothing to do. Calls, unknown services and messages that could not go out will be listed here."),
)


def today(practice: Practice, *, now: datetime) -> Today:
    """Everything the first screen says. At most thirteen queries, however much there is to do."""
    on = local_day(now, practice.timezone)
    tasks = list(_in_lanes(practice).filter(place__lte=PER_LANE).order_by("lane", "opened_at", "pk"))
    lanes = _lanes(practice, tasks, on, now)
    people = _open_tasks(practice).aggregate(
        people=Count("client", filter=~Q(lane="todo"), distinct=True),
        tasks=Count("pk", filter=~Q(lane="todo")),
        since=Min("opened_at", filter=~Q(lane="todo")),
        services=Count("pk", filter=Q(kind="service")),
        areas=Count("pk", filter=Q(kind="area")),
    )
    midnight = end_of_day(on, practice.timezone)
    next_midnight = end_of_day(on + timedelta(days=1), practice.timezone)
    planned = Touch.objects.filter(practice=practice, state=Touch.State.PLANNED, due_at__lt=F("valid_until"))
    counts = planned.filter(due_at__lte=next_midnight).aggregate(
        today=Count("pk", filter=Q(due_at__lte=midnight)), tomorrow=Count("pk", filter=Q(due_at__gt=midnight))
    )
    return Today(
        on=on,
        headline=_headline(people, now),
        is_anybody_waiting=people["tasks"] > 0,
        lanes=lanes,
        services_to_name=people["services"],
        areas_to_name=people["areas"],
        not_sent=not_sent(practice, now=now),
        going_out=_going_out(practice, planned.filter(due_at__lte=midnight)),
        going_out_count=counts["today"],
        tomorrow_count=counts["tomorrow"],
        came_in=_came_in(practice, since=local_moment(on - timedelta(days=1), time(0), practice.timezone)),
    )


def lane_page(practice: Practice, key: str, *, page: int, now: datetime) -> tuple[Lane, bool]:
    """One lane in full, a page at a time, and whether another page follows. KeyError for a lane that is none."""
    on = local_day(now, practice.timezone)
    rows = list(
        _in_lanes(practice)
        .filter(lane=key, place__gt=(page - 1) * PER_LANE, place__lte=page * PER_LANE + 1)
        .order_by("opened_at", "pk")
    )
    lane = {lane.key: lane for lane in _lanes(practice, rows[:PER_LANE], on, now)}[key]
    return lane, len(rows) > PER_LANE


def _open_tasks(practice: Practice) -> QuerySet[Any]:
    return Task.objects.filter(practice=practice, closed_at=None).annotate(
        lane=Case(
            When(is_urgent=True, then=Value("urgent")),
            When(kind__in=QUESTIONS, then=Value("human")),
            default=Value("todo"),
        )
    )


def _in_lanes(practice: Practice) -> Any:
    return (
        _open_tasks(practice)
        .exclude(kind__in=NAMING)
        .annotate(
            place=Window(RowNumber(), partition_by=F("lane"), order_by=[F("opened_at").asc(), F("pk").asc()]),
            of=Window(Count("pk"), partition_by=F("lane")),
        )
        .select_related("client", "message", "touch__client")
    )


def _lanes(practice: Practice, tasks: Sequence[Task], on: date, now: datetime) -> list[Lane]:
    ids = {client.pk for t in tasks if (client := _client(t)) is not None}
    visits = last_visits(practice, ids, today=on)
    rows: dict[str, list[TaskRow]] = defaultdict(list)
    totals: dict[str, int] = defaultdict(int)
    for task in tasks:
        rows[task.lane].append(_row(task, visits, now))  # type: ignore[attr-defined]
        totals[task.lane] = task.of  # type: ignore[attr-defined]
    return [
        Lane(key=key, title=title, total=totals[key], rows=tuple(rows[key]), nothing=nothing)
        for key, title, nothing in _TITLES
    ]


def _client(task: Task) -> Any:
    return task.client or (task.touch.client if task.touch else None)


def _row(task: Task, visits: dict[int, LastVisit], now: datetime) -> TaskRow:
    client = _client(task)
    visit = visits.get(client.pk) if client else None
    is_inbound = task.message is not None and task.message.direction == Message.Direction.IN
    return TaskRow(
        id=task.pk,
        kind=task.kind,
        label=TASKS.get(task.kind, task.kind.replace("_", " ").capitalize()),
        client_id=client.pk if client else None,
        name=client.name if client else _stranger(task),
        treatment=visit.label if visit else "",
        sentence=task.reason,
        quote=excerpt(task.message.body, length=220) if is_inbound and task.message else "",
        waited=waited(task.opened_at, now=now),
        opened_at=task.opened_at,
        is_urgent=task.is_urgent,
        action=_ACTIONS.get(task.kind, "close") if client else "close",
    )


def _stranger(task: Task) -> str:
    return f"Unknown number {task.message.address}" if task.message else "The practice"


def _headline(people: dict[str, Any], now: datetime) -> str:
    if not people["tasks"]:
        return "No one is waiting."
    count = max(people["people"], 1)
    who = "1 person is waiting" if count == 1 else f"{count} people are waiting"
    since = waited(people["since"], now=now)
    oldest = "just now" if since == "now" else f"for {since}"
    return f"{who}, {oldest}." if count == 1 else f"{who}, the first one {oldest}."


def _going_out(practice: Practice, planned: QuerySet[Touch]) -> tuple[GoingOut, ...]:
    touches = planned.select_related("client").order_by("due_at", "pk")[:LISTED]
    return tuple(
        GoingOut(
            touch_id=t.pk,
            client_id=t.client_id,
            name=t.client.name,
            function=FUNCTIONS[t.function],
            due_at=t.due_at,
            why=t.reason or why_planned(t, practice),
        )
        for t in touches
    )


def _came_in(practice: Practice, *, since: datetime) -> CameIn:
    visits = Visit.objects.filter(practice=practice, reported_at__gte=since).aggregate(
        performed=Count("pk", filter=Q(status=Visit.Status.COMPLETED)),
        booked=Count("pk", filter=Q(status=Visit.Status.BOOKED)),
    )
    replies = Message.objects.filter(practice=practice, direction=Message.Direction.IN, at__gte=since).count()
    return CameIn(visits=visits["performed"], bookings=visits["booked"], replies=replies)
