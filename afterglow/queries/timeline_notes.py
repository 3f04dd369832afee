"""What was said and noted beside the messages, on a client's line of time: consents, remarks, tasks, concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from afterglow.models import Concern, Consent, Remark, Task
from afterglow.queries.ledger_entries import wording_label
from afterglow.queries.timeline_entries import Entry
from afterglow.queries.words import TASKS, joined, purpose_label


def consent_entries(consents: Iterable[Any]) -> Iterator[Entry]:
    """What the client allowed or took back, one entry for what was said in one breath, with what proves it."""
    ordered = sorted(consents, key=lambda c: (c.at, c.status, c.evidence))
    for (at, status, evidence), group in groupby(ordered, key=lambda c: (c.at, c.status, c.evidence)):
        said = list(group)
        everything = ", ".join(dict.fromkeys(purpose_label(c.channel, c.purpose) for c in said))
        is_given = status == Consent.Status.GRANTED
        title = "Consent given" if is_given else "Asked us to stop"
        sentence = f"{everything}. Evidence: {evidence}." if is_given else _ended(everything, evidence)
        tone = "" if is_given else "waiting"
        yield Entry(kind="consent", at=at, title=title, sentence=sentence, details=_proof(said), tone=tone)


def _proof(said: Sequence[Any]) -> tuple[str, ...]:
    """Where it is written down, in which wording it was said, how it came to us and who recorded it."""
    numbers = sorted(consent.number for consent in said if consent.number is not None)
    versions = sorted({wording_label(consent) for consent in said} - {""})
    return (
        f"Ledger no. {_span(numbers)}" if numbers else "In no ledger",
        *(f"Wording: {version}" for version in versions),
        f"Source: {said[0].source}",
        *([f"Recorded by {said[0].recorded_by}"] if said[0].recorded_by else []),
    )


def _span(numbers: Sequence[int]) -> str:
    is_unbroken = len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1
    return f"{numbers[0]}–{numbers[-1]}" if is_unbroken else ", ".join(map(str, numbers))


def _ended(everything: str, evidence: str) -> str:
    """A reply is on the line itself; whatever else was said stands only here."""
    said = "" if evidence.startswith(("message ", "link ")) else f" {evidence[:1].upper()}{evidence[1:]}."
    return f"Ended: {everything}.{said}"


def remark_entries(remarks: Iterable[Remark]) -> Iterator[Entry]:
    for remark in remarks:
        yield Entry(kind="remark", at=remark.at, title=remark.text, sentence=f"By {remark.by}." if remark.by else "")


def task_entries(tasks: Iterable[Task]) -> Iterator[Entry]:
    """What a person had or has to do. Replies are on the line as themselves."""
    for task in tasks:
        if task.kind == "reply":
            continue
        done = f"Done by {task.closed_by}: {task.outcome}." if task.closed_at else "Still open."
        tone = "" if task.closed_at else "urgent" if task.is_urgent else "waiting"
        label = TASKS.get(task.kind, task.kind.capitalize())
        yield Entry(kind="task", at=task.opened_at, title=label, sentence=joined(task.reason, done), tone=tone)


def concern_entries(concerns: Iterable[Concern]) -> Iterator[Entry]:
    for concern in concerns:
        ended = f"Closed by {concern.closed_by}." if concern.closed_at else "Open: rebooking messages are paused."
        tone = "" if concern.closed_at else "urgent"
        yield Entry(
            kind="concern",
            at=concern.opened_at,
            title="Clinical concern",
            sentence=joined(concern.reason, ended),
            tone=tone,
        )
