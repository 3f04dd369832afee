"""Consents that other programs collected: an intake form, a booking system, a practice's own app."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, Router, Status
from pydantic import Field

from afterglow import jobs
from afterglow.actions.accept_api_call import KeyUsedBefore, WordingFault, accept_api_call
from afterglow.actions.asked_consent import Asked
from afterglow.actions.keep_wordings import keep_wordings
from afterglow.api.faults import Fault, Faults, told
from afterglow.api.programs import BearerToken, ProgramRequest
from afterglow.api.reports import ConsentReport, ConsentTaken, WordingShown
from afterglow.models import Practice
from afterglow.models.scope import practice_scope
from afterglow.models.wordings import current_wordings

router = Router(auth=BearerToken(), tags=["consents"])
CLOCKS_DIFFER_BY = timedelta(minutes=5)
Key = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


@router.post(
    "/consents",
    response={201: ConsentTaken, 200: ConsentTaken, 401: Faults, 409: Faults, 413: Faults, 422: Faults, 503: Faults},
    summary="Record a consent",
    description=(
        "201: taken. 200: the same call was taken before, with the same answer. 409: the Idempotency-Key belongs to "
        "another call. 422: nothing was recorded, and each fault names its field. The exact words that were agreed to "
        "are required; words that do not say what the law asks of such a consent are refused."
    ),
)
def report_consent(
    request: HttpRequest, report: ConsentReport, idempotency_key: Annotated[Key, Header(alias="Idempotency-Key")]
) -> HttpResponse | Status[object]:
    program, now = _program(request), timezone.now()
    for field in ("given_at", "confirmed_at"):
        moment = getattr(report, field)
        if moment is not None and moment > now + CLOCKS_DIFFER_BY:
            return told(422, "Nothing was recorded.", [Fault(field=field, message="This moment has not come yet.")])
    try:
        answer, is_new = accept_api_call(
            practice_id=program.auth.practice_id,
            token_id=program.auth.token_id,
            key=idempotency_key,
            body=request.body,
            asked=_asked(report),
            claims=[given.claim() for given in report.consents],
            is_confirmed=report.confirmed_at is not None,
            now=now,
        )
    except KeyUsedBefore as used:
        return told(409, str(used), [Fault(field="Idempotency-Key", message=str(used))])
    except WordingFault as fault:
        where = f"consents.{fault.index}.{fault.field}"
        return told(422, "Nothing was recorded.", [Fault(field=where, message=fault.message)])
    if is_new:
        jobs.wake(program.auth.practice_id)
    return Status(201 if is_new else 200, answer)


@router.get(
    "/wordings",
    response={200: list[WordingShown], 401: Faults},
    summary="The words of the practice’s form",
    description="A program that shows exactly these words to clients names them by their digest.",
)
def show_wordings(request: HttpRequest, language: Literal["en", "es"] = "en") -> list[dict[str, str]]:
    practice_id = _program(request).auth.practice_id
    with practice_scope(practice_id):
        wordings = current_wordings(Practice.objects.get(pk=practice_id), language).values()
        keep_wordings(practice_id=practice_id, wordings=wordings, now=timezone.now())
    return [
        {"kind": w.offer.value, "language": w.language, "title": w.title, "text": w.text, "text_digest": w.digest}
        for w in wordings
    ]


def _program(request: HttpRequest) -> ProgramRequest:
    known: object = request
    return known  # type: ignore[return-value]


def _asked(report: ConsentReport) -> Asked:
    """Without its ticks: they follow from the words."""
    evidence = f"{report.source}: {report.evidence}"
    if report.confirmed_at is not None:
        evidence += f"; the number answered YES there on {report.confirmed_at.isoformat()}"
    return Asked(
        first_name=report.first_name.strip(),
        last_name=report.last_name.strip(),
        phone=report.phone,
        email=report.email,
        language=report.language,
        ticked={},
        source="api",
        evidence=evidence,
        at=report.given_at,
        ip=report.ip,
        agent=report.user_agent,
    )
