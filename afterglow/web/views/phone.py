"""The demo's phone: what a client receives, and a way to answer as that client. Only a demo practice has it."""

from __future__ import annotations

from uuid import uuid4

from csp.decorators import csp_replace
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from afterglow.actions.open_senders import open_senders
from afterglow.actions.receive_texts import receive_texts
from afterglow.actions.send_notices import send_notices
from afterglow.channels.receipts import InboundText
from afterglow.models import Client, Message
from afterglow.models.practice_facts import practice_facts
from afterglow.queries.phone import letter, owners, phone
from afterglow.queries.silence import silent_clients
from afterglow.rules.letter import as_html
from afterglow.web.pages import screen
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import fault


@require_http_methods(["GET", "POST"])
def show_phones(request: StaffRequest) -> HttpResponse:
    """Whose phone to look at; the one that was written to last, when nobody was chosen."""
    _only_demo(request)
    text = (request.POST if request.method == "POST" else request.GET).get("q", "")[:100]
    return screen(request, "phone.html", "phone/_owners.html", **_owners(request, text), text=text, phone=None)


@require_GET
def show_phone(request: StaffRequest, client_id: int) -> HttpResponse:
    _only_demo(request)
    try:
        found = phone(request.practice, client_id)
    except Client.DoesNotExist:
        raise Http404("This practice has no such client.") from None
    return screen(request, "phone.html", "phone/_phone.html", phone=found, **_owners(request, ""), text="")


@require_POST
def write(request: StaffRequest, client_id: int) -> HttpResponse:
    """The client answers: the same way in as a text from a real provider."""
    _only_demo(request)
    client = Client.objects.filter(practice=request.practice, pk=client_id).first()
    if client is None:
        raise Http404("This practice has no such client.")
    text = request.POST.get("text", "").replace("\0", "").strip()[:1600]
    if not client.phone:
        fault(request, "This client has no phone number.")
    elif text:
        inbound = InboundText(provider_id=f"demo-{uuid4()}", from_=client.phone, text=text)
        receive_texts(practice_id=request.practice.pk, texts=[inbound], now=request.now)
        _answer(request)
    return redirect("phone-of", client_id)


def _answer(request: StaffRequest) -> None:
    """What the worker would do within seconds: whoever looks at the phone sees the answer to a STOP arrive."""
    practice_id = request.practice.pk
    send_notices(practice_id=practice_id, senders=open_senders(practice_id=practice_id), clock=timezone.now)


@require_GET
def show_letter(request: StaffRequest, client_id: int, message_id: int) -> HttpResponse:
    _only_demo(request)
    try:
        found = letter(request.practice, client_id, message_id)
    except Message.DoesNotExist:
        raise Http404("There is no such e-mail.") from None
    return screen(request, "phone/letter.html", letter=found, client_id=client_id)


@require_GET
@xframe_options_sameorigin
@csp_replace({"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "frame-ancestors": ["'self'"]})  # type: ignore[arg-type]
def letter_body(request: StaffRequest, client_id: int, message_id: int) -> HttpResponse:
    """The e-mail exactly as it went out. Mail programs need inline styles, so it lives in a frame of its own."""
    _only_demo(request)
    try:
        found = letter(request.practice, client_id, message_id)
    except Message.DoesNotExist:
        raise Http404("There is no such e-mail.") from None
    return HttpResponse(as_html(found.text, practice=practice_facts(request.practice)))


def _owners(request: StaffRequest, text: str) -> dict[str, object]:
    found = owners(request.practice, text=text)
    return {"owners": found, "silent": silent_clients(request.practice, [owner.id for owner in found])}


def _only_demo(request: StaffRequest) -> None:
    if not request.practice.is_demo:
        raise Http404("Only the demo has a phone.")
