"""Ask a list or a database about every number of a practice's clients, and keep the newest answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from django.db.models import Max

from afterglow.actions.open_tasks import NewTask, not_asked_before, open_tasks
from afterglow.intake.numbers.contract import Answer, BrokenLine, Kind, NumberAnswer, NumberLookup
from afterglow.models import Client, NumberCheck, Practice, Visit
from afterglow.models.bulk import Values, fetch_rows, insert_rows, update_rows
from afterglow.models.number_checks import UNCHECKED, number_checks
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import ClientFacts
from afterglow.rules.number_checks import has_new_owner
from afterglow.rules.timing import spoken_day

BATCH = 5_000
MOST_BROKEN = 1_000  # of a file that is something else altogether
COLUMNS = ("practice", "phone", "kind", "answer", "as_of_on", "source", "checked_at")
UPDATED = ("id", "answer", "as_of_on", "source", "checked_at")


@dataclass(slots=True)
class Checked:
    """What came of a look-up. `broken` holds the first thousand lines that could not be read; `broken_count` all."""

    numbers: int
    answers: Counter[str] = field(default_factory=Counter)
    outdated: int = 0  # an answer of a later day was on file already
    tasks: int = 0
    broken_count: int = 0
    broken: list[BrokenLine] = field(default_factory=list)


def check_numbers(*, practice_id: int, lookup: NumberLookup, as_of: date, now: datetime) -> Checked:
    """Every answer about a number of ours is kept unless a newer one is; a number with a new owner becomes a task."""
    phones = _phones(practice_id)
    checked = Checked(numbers=len(phones))
    answers = _only_answers(lookup.look_up(phones, as_of=as_of), checked)
    while batch := list(islice(answers, BATCH)):
        with practice_scope(practice_id):
            kept = _keep(practice_id, lookup, batch, checked, now)
            if lookup.kind is Kind.REASSIGNED:
                gone = [answer.phone for answer in kept if answer.answer is Answer.YES]
                checked.tasks += _ask_for_new_numbers(practice_id, gone, now)
    return checked


def _phones(practice_id: int) -> Sequence[str]:
    with practice_scope(practice_id):
        numbers = Client.objects.filter(practice=practice_id).exclude(phone="").order_by("phone")
        return [phone for (phone,) in fetch_rows(numbers.values_list("phone").distinct())]


def _only_answers(said: Iterable[NumberAnswer | BrokenLine], checked: Checked) -> Iterator[NumberAnswer]:
    for one in said:
        if isinstance(one, NumberAnswer):
            yield one
            continue
        checked.broken_count += 1
        if len(checked.broken) < MOST_BROKEN:
            checked.broken.append(one)


def _keep(
    practice_id: int, lookup: NumberLookup, batch: Sequence[NumberAnswer], checked: Checked, now: datetime
) -> list[NumberAnswer]:
    newest: dict[str, NumberAnswer] = {}
    for answer in sorted(batch, key=_as_of):
        newest[answer.phone] = answer
    checks = NumberCheck.objects.filter(practice=practice_id, kind=lookup.kind.value, phone__among=Values(newest))
    on_file = {phone: (pk, on) for phone, pk, on in fetch_rows(checks.values_list("phone", "pk", "as_of_on"))}
    kept = [a for a in newest.values() if a.phone not in on_file or on_file[a.phone][1] <= a.as_of_on]
    checked.outdated += len(newest) - len(kept)
    checked.answers.update(answer.answer.value for answer in kept)
    fresh = [a for a in kept if a.phone not in on_file]
    kind, source = lookup.kind.value, lookup.source
    insert_rows(
        NumberCheck, COLUMNS, [(practice_id, a.phone, kind, a.answer.value, a.as_of_on, source, now) for a in fresh]
    )
    update_rows(
        NumberCheck,
        UPDATED,
        [(on_file[a.phone][0], a.answer.value, a.as_of_on, source, now) for a in kept if a.phone in on_file],
    )
    return kept


def _as_of(answer: NumberAnswer) -> date:
    return answer.as_of_on


def _ask_for_new_numbers(practice_id: int, phones: Sequence[str], now: datetime) -> int:
    """How many clients staff are asked about: those who have not come or agreed since the number changed hands."""
    if not phones:
        return 0
    practice = Practice.objects.get(pk=practice_id)
    clients = list(Client.objects.filter(practice=practice, phone__in=phones, erased_at=None))
    checks = number_checks(practice, clients)
    performed = Visit.objects.filter(practice=practice, client__in=clients, status=Visit.Status.COMPLETED)
    last_visits = dict(performed.values_list("client_id").annotate(Max("ended_at")))
    facts = (
        ClientFacts(id=str(c.pk), number=checks.get(c.pk, UNCHECKED), last_visit_at=last_visits.get(c.pk))
        for c in clients
    )
    tasks = [
        NewTask(
            kind="review",
            reason="The phone number on file was given to somebody else "
            f"(said on {spoken_day(client.number.reassigned_on)}). Please ask for the new number.",
            client_id=int(client.id),
            is_once=True,
        )
        for client in facts
        if client.number.reassigned_on is not None and has_new_owner(client, practice.timezone)
    ]
    fresh = not_asked_before(practice_id=practice_id, tasks=tasks)
    open_tasks(practice_id=practice_id, tasks=fresh, now=now)
    return len(fresh)
