"""What calls us from outside. Every call is verified, kept as bytes under the sender's own id, and answered at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from procrastinate.exceptions import AlreadyEnqueued

from afterglow import jobs
from afterglow.actions.keep_event import keep_event
from afterglow.actions.process_events import TEXTS, VISITS
from afterglow.actions.read_receipts import hook_of, kind_of
from afterglow.channels.receipts import Answer, Call, ForgedCall, Hook, Prompt, UnreadableReceipt, token_of
from afterglow.config.logs import log
from afterglow.config.secrets import unseal
from afterglow.intake.errors import ForgedSignature
from afterglow.intake.registry import SYSTEMS
from afterglow.models import Attempt, SenderAccount, Source
from afterglow.models.across import KnownSender, sender_by_token, source_by_token
from afterglow.models.scope import practice_scope

LARGEST_CALL = 2_000_000
LOOKS = ("GET", "HEAD")
READY = "This address is ready. Send signed calls with POST."


def for_machines(answer: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for callers that are not people: open to all, known by a token, proven by a signature.

    A fault of ours is a 503, so that the caller tries again; never a 410, which some take for a farewell.
    """

    @csrf_exempt
    @login_not_required
    @wraps(answer)
    def view(request: HttpRequest, token: str, **names: str) -> HttpResponse:
        try:
            return answer(request, token if token.isprintable() else "", now=timezone.now(), **names)
        except Exception as error:
            log("hook.failed", level=logging.ERROR, error=error, hook=answer.__name__)
            return _said(503, "Something is wrong on our side. Please send this call again later.")

    return view


@for_machines
def visits(request: HttpRequest, token: str, *, now: datetime) -> HttpResponse:
    """Visits from a booking system, Zapier, Make or a practice's own code."""
    source = source_by_token(token)
    if source is None:
        return _said(404, "No booking system is known under this address. Copy it again from Afterglow.")
    if request.method in LOOKS:
        return _said(200, READY)
    if refusal := _refusal(request, methods=("POST",)):
        return refusal
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
            return _unproven(str(error))
        is_new = keep_event(
            practice_id=source.practice_id,
            source_id=source.source_id,
            kind=f"{source.kind}{VISITS}",
            event_id=f"{source.source_id}:{event_id}",
            body=request.body,
            now=now,
        )
    if not is_new:
        return _said(200, "This call was already received; nothing was done twice.")
    _wake_worker(source.practice_id)
    return _said(202, "Received.")


@for_machines
def messages(request: HttpRequest, token: str, *, name: str, now: datetime) -> HttpResponse:
    """What a provider tells us about messages, and what it asks in the middle of a phone call."""
    account = sender_by_token(token)
    if account is None:
        return _said(404, "No sender account is known under this address. Copy it again from Afterglow.")
    kind = kind_of(channel=account.channel, provider=account.provider, hook=name)
    hook = hook_of(kind)
    if hook is None:
        return _said(404, "The provider of this account has no such address. afterglow set-sender prints those it has.")
    if request.method == "HEAD" or (request.method == "GET" and not _is_question(request, hook)):
        return _said(200, READY)
    if refusal := _refusal(request, methods=("POST", "GET")):
        return refusal
    call = Call(
        url=settings.SITE_URL + request.get_full_path(),  # as the provider knows it, whatever stands between us
        headers=dict(request.headers),
        body=request.body,
        content_type=request.headers.get("Content-Type", ""),
    )
    try:
        return _replied(account, hook, kind, call, now)
    except ForgedCall as error:
        return _unproven(str(error))
    except UnreadableReceipt as error:
        return _said(400, f"This call cannot be read: {error}.")


def _is_question(request: HttpRequest, hook: Hook | Prompt) -> bool:
    return isinstance(hook, Prompt) and bool(request.META.get("QUERY_STRING"))


def _replied(account: KnownSender, hook: Hook | Prompt, kind: str, call: Call, now: datetime) -> HttpResponse:
    with practice_scope(account.practice_id):
        sealed = SenderAccount.objects.values_list("config_encrypted", flat=True).get(pk=account.account_id)
        config = unseal(sealed)
        if isinstance(hook, Prompt):
            hook.verify(call, config, now)
            return _as_response(hook.answer(call, config, _text_of(account, call)))
        is_new = keep_event(
            practice_id=account.practice_id,
            kind=kind,
            event_id=hook.verify(call, config, now),
            query=call.url.partition("?")[2],
            content_type=call.content_type,
            body=call.body,
            now=now,
        )
    if is_new and kind.endswith(TEXTS):
        jobs.listen(account.practice_id)
    elif is_new:
        _wake_worker(account.practice_id)
    return _as_response(hook.answer)


def _text_of(account: KnownSender, call: Call) -> str:
    """The words of the message a call is about; none if it is no message of this practice."""
    ours = Attempt.objects.filter(practice=account.practice_id, token=token_of(call))
    return ours.values_list("message__body", flat=True).first() or ""


def _as_response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, content_type=answer.content_type, status=answer.status)


def _refusal(request: HttpRequest, *, methods: tuple[str, ...]) -> HttpResponse | None:
    if request.method not in methods:
        return _said(405, "Send calls with POST.")
    if _is_too_large(request):
        return _said(413, "This call is too large. Send at most 2 MB at once.")
    return None


def _is_too_large(request: HttpRequest) -> bool:
    try:
        return len(request.body) > LARGEST_CALL
    except RequestDataTooBig:
        return True


def _wake_worker(practice_id: int) -> None:
    """Sooner than its next round. If this fails, that round finds the event."""
    try:
        jobs.wake(practice_id)
    except AlreadyEnqueued:
        return


def _unproven(message: str) -> JsonResponse:
    """A 401 with a challenge: Amazon SNS, for one, gives the password of an address only after it was asked for it."""
    answer = _said(401, message)
    answer["WWW-Authenticate"] = 'Basic realm="Afterglow"'
    return answer


def _said(status: int, message: str) -> JsonResponse:
    return JsonResponse({"message": message}, status=status)
