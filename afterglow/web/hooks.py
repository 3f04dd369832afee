"""What calls us from outside. Every call is verified, kept as bytes under the sender's own id, and answered at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from urllib.parse import parse_qsl

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from procrastinate.exceptions import AlreadyEnqueued

from afterglow import jobs
from afterglow.actions.keep_event import keep_event
from afterglow.actions.process_events import TWILIO_STATUS, TWILIO_TEXT, VISITS
from afterglow.channels.sms.twilio_webhooks import SIGNATURE_HEADER, SIGNATURE_SETTINGS_HEADER, is_genuine
from afterglow.config.secrets import unseal
from afterglow.intake.errors import ForgedSignature
from afterglow.intake.registry import SYSTEMS
from afterglow.models import SenderAccount, Source
from afterglow.models.across import KnownSource, source_by_token
from afterglow.models.scope import practice_scope

LARGEST_CALL = 2_000_000
NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response/>'

Hook = Callable[[HttpRequest, KnownSource, datetime], HttpResponse]


def hook(answer: Hook) -> Callable[[HttpRequest, str], HttpResponse]:
    """A view for callers that are not people: open to all, known by a token, proven by a signature."""

    @csrf_exempt
    @login_not_required
    @wraps(answer)
    def view(request: HttpRequest, token: str) -> HttpResponse:
        source = source_by_token(token) if token.isprintable() else None
        if source is None:
            return _said(404, "No booking system is known under this address. Copy it again from Afterglow.")
        if request.method in ("GET", "HEAD"):
            return _said(200, "This address is ready. Send signed calls with POST.")
        if request.method != "POST":
            return _said(405, "Send calls with POST.")
        if _is_too_large(request):
            return _said(413, "This call is too large. Send at most 2 MB at once.")
        return answer(request, source, timezone.now())

    return view


def _is_too_large(request: HttpRequest) -> bool:
    try:
        return len(request.body) > LARGEST_CALL
    except RequestDataTooBig:
        return True


@hook
def visits(request: HttpRequest, source: KnownSource, now: datetime) -> HttpResponse:
    """Visits from a booking system, Zapier, Make or a practice's own code."""
    system = SYSTEMS.get(source.kind)
    if system is None or system.webhook is None:
        return _said(404, "This booking system reports its visits in files, not here.")
    with practice_scope(source.practice_id):
        secrets = unseal(Source.objects.values_list("secrets_encrypted", flat=True).get(pk=source.source_id))
        try:
            event_id = system.webhook.verify(
                secrets=secrets["secrets"], headers=request.headers, body=request.body, now=now
            )
        except ForgedSignature as error:
            return _said(401, str(error))
        is_new = _keep(source, f"{source.kind}{VISITS}", f"{source.source_id}:{event_id}", request.body, now)
    if not is_new:
        return _said(200, "This call was already received; nothing was done twice.")
    _wake_worker(source.practice_id)
    return _said(202, "Received.")


@hook
def twilio_text(request: HttpRequest, source: KnownSource, now: datetime) -> HttpResponse:
    """A text from a client."""
    return _twilio(request, source, TWILIO_TEXT, ("MessageSid",), now)


@hook
def twilio_status(request: HttpRequest, source: KnownSource, now: datetime) -> HttpResponse:
    """How far a text of ours got."""
    return _twilio(request, source, TWILIO_STATUS, ("MessageSid", "MessageStatus"), now)


def _twilio(
    request: HttpRequest,
    source: KnownSource,
    kind: str,
    identity: Sequence[str],
    now: datetime,
) -> HttpResponse:
    pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    with practice_scope(source.practice_id):
        if not _is_from_twilio(request, pairs, source.practice_id):
            return _said(401, "The signature does not match. Check the auth token and the public address of this site.")
        form = dict(pairs)
        event_id = ":".join(form.get(name, "") for name in identity)
        is_new = _keep(source, kind, event_id, request.body, now)
    if is_new:
        _wake_worker(source.practice_id)
    return HttpResponse(NO_ANSWER, content_type="text/xml")


def _is_from_twilio(request: HttpRequest, pairs: list[tuple[str, str]], practice_id: int) -> bool:
    account = SenderAccount.objects.filter(practice=practice_id, channel="sms", provider="twilio").first()
    if account is None:
        return False
    return is_genuine(
        url=settings.SITE_URL + request.get_full_path(),
        params=pairs,
        signature=request.headers.get(SIGNATURE_HEADER, ""),
        secret=unseal(account.config_encrypted).get("auth_token", ""),
        settings_header=request.headers.get(SIGNATURE_SETTINGS_HEADER, ""),
    )


def _keep(source: KnownSource, kind: str, event_id: str, body: bytes, now: datetime) -> bool:
    return keep_event(
        practice_id=source.practice_id,
        source_id=source.source_id,
        kind=kind,
        event_id=event_id,
        body=body,
        now=now,
    )


def _wake_worker(practice_id: int) -> None:
    """Sooner than its next round. If this fails, that round finds the event."""
    try:
        jobs.wake(practice_id)
    except AlreadyEnqueued:
        return


def _said(status: int, message: str) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)
