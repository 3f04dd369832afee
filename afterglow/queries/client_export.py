"""Everything that is kept about one client, as plain values for JSON. The form is documented."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from afterglow.models import (
    AddressFault,
    Client,
    ClientFlag,
    Concern,
    Consent,
    ConsentText,
    Evidence,
    Look,
    Message,
    MessageEvent,
    Notice,
    NumberCheck,
    Plan,
    Practice,
    Remark,
    Task,
    Touch,
    Treatment,
    Visit,
)
from afterglow.queries.ledger_entries import said_by, with_proof

FORMAT = "afterglow client export 1"
_CONTACT = (
    "first_name", "last_name", "phone", "email", "state", "zip", "birth_on", "language", "lifetime_value",
    "acquisition_source", "external_id", "is_held_out", "created_at", "last_inbound_at", "erased_at",
)  # fmt: skip
_VISIT = (
    "id", "source", "external_id", "status", "starts_at", "ended_at", "provider", "location", "reported_at",
    "booked_at", "coverage", "coverage_reason",
)  # fmt: skip
_TREATMENT = (
    "visit_id", "service", "code", "family", "brand", "area", "quantity", "unit", "amount", "series_session",
    "series_total",
)  # fmt: skip
_PLAN = ("id", "visit_id", "treatment_class", "family", "brand", "area", "state", "stopped_reason", "created_at")
_TOUCH = ("plan_id", "step", "function", "planned_at", "due_at", "valid_until", "state", "reason", "ended_at")
_MESSAGE = ("id", "direction", "channel", "address", "subject", "body", "status", "at")
_NOTICE = ("kind", "channel", "address", "subject", "body", "state", "reason", "created_at", "ended_at")
_TASK = ("kind", "is_urgent", "reason", "opened_at", "closed_at", "closed_by", "outcome")
_CONCERN = ("urgency", "reason", "opened_at", "closed_at", "closed_by")


def client_export(practice: Practice, client_id: int, *, now: datetime) -> dict[str, Any]:
    """One client's everything, oldest first. Inside a practice scope. Raises Client.DoesNotExist."""
    client = Client.objects.get(practice=practice, pk=client_id)
    whose = {"practice": practice, "client": client_id}
    addresses = [address for address in (client.phone, client.email) if address]
    said = said_by(client)
    return {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "practice": practice.name,
        "client": {"id": client.pk, **{name: _plain(getattr(client, name)) for name in _CONTACT}},
        "visits": _visits(Visit.objects.filter(**whose).order_by("starts_at", "pk")),
        "plans": _plans(Plan.objects.filter(**whose).order_by("pk")),
        "messages": _messages(Message.objects.filter(said, practice=practice).order_by("at", "pk")),
        "answers": _rows(Notice.objects.filter(said, practice=practice).order_by("pk"), _NOTICE),
        "consents": _consents(practice, Consent.objects.filter(said, practice=practice)),
        "scans": _rows(
            Evidence.objects.filter(**whose).order_by("pk"), ("id", "title", "content_type", "digest", "added_at")
        ),
        "flags": _rows(ClientFlag.objects.filter(**whose).order_by("pk"), ("flag", "set_at", "set_by")),
        "remarks": _rows(Remark.objects.filter(**whose).order_by("at", "pk"), ("at", "text", "by")),
        "tasks": _rows(Task.objects.filter(**whose).order_by("opened_at", "pk"), _TASK),
        "concerns": _rows(Concern.objects.filter(**whose).order_by("opened_at", "pk"), _CONCERN),
        "addresses_out_of_order": _rows(
            AddressFault.objects.filter(practice=practice, address__in=addresses).order_by("pk"),
            ("channel", "address", "reason", "at", "cleared_at"),
        ),
        "number_checks": _rows(
            NumberCheck.objects.filter(practice=practice, phone__in=addresses).order_by("pk"),
            ("phone", "kind", "answer", "as_of_on", "source", "checked_at"),
        ),
        "looks": _rows(Look.objects.filter(**whose).order_by("at", "pk"), ("kind", "by", "at")),
    }


def _visits(visits: QuerySet[Visit]) -> list[dict[str, Any]]:
    treatments = Treatment.objects.filter(practice__in=visits.values("practice"), visit__in=visits.values("pk"))
    of_visit = _grouped(_rows(treatments.order_by("visit_id", "position"), _TREATMENT), "visit_id")
    return [{**row, "treatments": of_visit.get(row["id"], [])} for row in _rows(visits, _VISIT)]


def _plans(plans: QuerySet[Plan]) -> list[dict[str, Any]]:
    touches = Touch.objects.filter(practice__in=plans.values("practice"), plan__in=plans.values("pk"))
    of_plan = _grouped(_rows(touches.order_by("planned_at", "pk"), _TOUCH), "plan_id")
    return [{**row, "steps": of_plan.get(row["id"], [])} for row in _rows(plans, _PLAN)]


def _messages(messages: QuerySet[Message]) -> list[dict[str, Any]]:
    events = MessageEvent.objects.filter(practice__in=messages.values("practice"), message__in=messages.values("pk"))
    of_message = _grouped(_rows(events.order_by("at", "pk"), ("message_id", "kind", "at")), "message_id")
    return [{**row, "reports": of_message.get(row["id"], [])} for row in _rows(messages, _MESSAGE)]


def _consents(practice: Practice, consents: QuerySet[Consent]) -> list[dict[str, Any]]:
    """Each with its number in the ledger and the words that were agreed to, where they are ours."""
    found = list(with_proof(consents).order_by("at", "pk"))
    texts = ConsentText.objects.filter(practice=practice, digest__in={c.text_digest for c in found if c.text_digest})
    words = dict(texts.values_list("digest", "text"))
    return [
        {
            "ledger_number": consent.number,
            "at": consent.at.isoformat(),
            "said": consent.status,
            "channel": consent.channel,
            "purpose": consent.purpose,
            "address": consent.address,
            "source": consent.source,
            "evidence": consent.evidence,
            "recorded_by": consent.recorded_by,
            "wording": words.get(consent.text_digest, ""),
            "wording_sha256": consent.text_digest,
        }
        for consent in found
    ]


def _rows(rows: QuerySet[Any], columns: Sequence[str]) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in rows.values(*columns)]


def _grouped(rows: Iterable[Mapping[str, Any]], key: str) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[key], []).append({name: value for name, value in row.items() if name != key})
    return found


def _plain(value: object) -> object:
    """Moments with their zone, days and amounts as text, so that no program rounds them."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | UUID) else value
