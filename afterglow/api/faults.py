"""What a caller is told when a call cannot be accepted: a sentence, and the field it is about."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Schema
from ninja.errors import HttpError, ValidationError

from afterglow.config.logs import log

_OURS = "Value error, "  # how pydantic introduces sentences that are ours
_PLACES = ("body", "header", "query", "path")


class Fault(Schema):
    field: str
    message: str


class Faults(Schema):
    message: str
    faults: list[Fault] = []


def told(status: int, message: str, faults: Iterable[Fault] = ()) -> HttpResponse:
    """An answer in the one shape that all refusals have."""
    return JsonResponse(Faults(message=message, faults=list(faults)).model_dump(), status=status)


def invalid(request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    assert isinstance(error, ValidationError)  # the framework's types say more than it does
    faults = [Fault(field=_field(e["loc"]), message=str(e["msg"]).removeprefix(_OURS)) for e in error.errors]
    return told(422, "Nothing was recorded: some fields cannot be used.", faults)


def unknown_caller(request: HttpRequest, error: object) -> HttpResponse:
    answer = told(401, "No program is known by this token. Send it as “Authorization: Bearer agk_…”.")
    answer["WWW-Authenticate"] = "Bearer"
    return answer


def refused(request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    assert isinstance(error, HttpError)
    message = "This is not JSON." if error.status_code == 400 else error.message
    return told(error.status_code, message)


def too_large(request: HttpRequest, error: object) -> HttpResponse:
    return told(413, "This call is too large.")


def ours(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """A fault of ours: the caller tries again with the same Idempotency-Key."""
    assert isinstance(error, Exception)
    log("api.failed", level=logging.ERROR, error=error)
    return told(503, "Something is wrong on our side. Please send this call again later.")


def _field(place: Iterable[object]) -> str:
    """ "consents.0.text": without how the framework found it."""
    parts = [str(part) for part in place]
    if parts and parts[0] in _PLACES:
        parts = parts[1:]
    if parts and parts[0] == "report":
        parts = parts[1:]
    return "Idempotency-Key" if parts in (["idempotency_key"], ["idempotency-key"]) else ".".join(parts) or "body"
