"""The list of clients, one client's line of time, and what staff decide there."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from afterglow.actions.address_faults import clear_address_fault
from afterglow.actions.flag_client import FLAGS, UnknownFlag, flag_client, unflag_client
from afterglow.actions.keep_evidence import keep_evidence
from afterglow.actions.note_stop import NothingToEnd, note_stop
from afterglow.actions.receive_texts import finish_replies
from afterglow.actions.stop_touches import resume_touches, stop_client, stop_touch
from afterglow.actions.update_client import note_consent, update_contact
from afterglow.models import Client, Touch
from afterglow.queries.clients import find_clients
from afterglow.queries.papers import papers_of
from afterglow.queries.timeline import Timeline, timeline
from afterglow.queries.words import counted, flag_label, purpose_label
from afterglow.web.forms import ContactForm, GrantForm, StopForm
from afterglow.web.pages import asked_moment, back, known, page_number, screen
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import fault, toast


@require_http_methods(["GET", "POST"])
def show_clients(request: StaffRequest) -> HttpResponse:
    """A search may be posted: then what was typed is in no address."""
    text = (request.POST if request.method == "POST" else request.GET).get("q", "")[:100].replace("\0", "")
    found = find_clients(request.practice, text=text, page=page_number(request), now=request.now)
    return screen(request, "clients.html", "clients/_list.html", found=found, text=text)


@require_GET
def show_client(request: StaffRequest, client_id: int) -> HttpResponse:
    return _show(request, client_id)


def _show(
    request: StaffRequest,
    client_id: int,
    *,
    contact: ContactForm | None = None,
    consent: GrantForm | None = None,
    stop: StopForm | None = None,
) -> HttpResponse:
    """The client, with a form that could not be accepted if there is one."""
    before = asked_moment(request.GET.get("before", ""))
    try:
        line = timeline(request.practice, client_id, before=before, now=request.now)
    except Client.DoesNotExist:
        raise Http404("This practice has no such client.") from None
    flags = [(flag, flag_label(flag)) for flag in FLAGS if flag_label(flag) not in line.flags]
    choices = GrantForm.base_fields["granted"].choices  # type: ignore[attr-defined]
    page = screen(
        request,
        "client.html",
        line=line,
        before=before,
        flags=flags,
        consents=choices,
        papers=papers_of(request.practice, client_id),
        to_ask=_to_ask(line),
        contact=contact,
        consent=consent,
        stop=stop,
        stop_scopes=StopForm.base_fields["scope"].choices,  # type: ignore[attr-defined]
        stop_hows=StopForm.base_fields["how"].choices,  # type: ignore[attr-defined]
    )
    page.status_code = 422 if contact or consent or stop else 200
    return page


def _to_ask(line: Timeline) -> list[str]:
    """The texts that this client should be asked about at the next visit."""
    if not line.phone or line.stopped_at is not None:
        return []
    texts = {purpose_label("sms", "care"), purpose_label("sms", "marketing")}
    return [
        permission.label for permission in line.permissions if permission.label in texts and not permission.is_given
    ]


@require_POST
def correct_contact(request: StaffRequest, client_id: int) -> HttpResponse:
    known(request, Client, client_id)
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _show(request, client_id, contact=form)
    update_contact(
        practice_id=request.practice.pk, client_id=client_id, by=request.by, now=request.now, **form.cleaned_data
    )
    toast(request, "Contact data corrected.")
    return back(request, "client", client_id)


@require_POST
def try_again(request: StaffRequest, client_id: int, fault_id: int) -> HttpResponse:
    """A number or mailbox that was called dead is used again: the client says that it works."""
    known(request, Client, client_id)
    if clear_address_fault(practice_id=request.practice.pk, fault_id=fault_id, by=request.by, now=request.now):
        toast(request, "It will be tried again.")
    else:
        fault(request, "It is tried again already.")
    return back(request, "client", client_id)


@require_POST
def add_consent(request: StaffRequest, client_id: int) -> HttpResponse:
    known(request, Client, client_id)
    form = GrantForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, client_id, consent=form)
    given, scan = form.cleaned_data, form.cleaned_data["scan"]
    note_consent(
        practice_id=request.practice.pk,
        client_id=client_id,
        granted=given["granted"],
        evidence=f"{given['evidence']}; scan with SHA-256 {scan.digest}" if scan else given["evidence"],
        by=request.by,
        now=request.now,
    )
    if scan:
        keep_evidence(
            practice_id=request.practice.pk,
            client_id=client_id,
            scan=scan,
            title=given["evidence"],
            by=request.by,
            now=request.now,
        )
    toast(request, "Consent recorded.")
    return back(request, "client", client_id)


@require_POST
def add_stop(request: StaffRequest, client_id: int) -> HttpResponse:
    """The client asked to stop, and not by text. It cannot be taken back, so the answer says what has ended."""
    known(request, Client, client_id)
    form = StopForm(request.POST)
    if not form.is_valid():
        return _show(request, client_id, stop=form)
    try:
        ended = note_stop(
            practice_id=request.practice.pk, client_id=client_id, by=request.by, now=request.now, **form.cleaned_data
        )
    except NothingToEnd:
        fault(request, "This client has no number or mailbox that could be stopped.")
    else:
        toast(request, ended.sentence)
    return back(request, "client", client_id)


@require_POST
def finish_reading(request: StaffRequest, client_id: int) -> HttpResponse:
    known(request, Client, client_id)
    finish_replies(practice_id=request.practice.pk, client_id=client_id, by=request.by, now=request.now)
    toast(request, "Marked as read. Messages that waited go on.")
    return back(request, "client", client_id)


@require_POST
def stop_one(request: StaffRequest, touch_id: int) -> HttpResponse:
    known(request, Touch, touch_id)
    client_id = stop_touch(practice_id=request.practice.pk, touch_id=touch_id, by=request.by, now=request.now)
    if client_id is None:
        fault(request, "This message is not planned any more.")
        return back(request, "upcoming")
    toast(request, "Message stopped.", undo=_undo(request, client_id))
    return back(request, "client", client_id)


@require_POST
def stop_all(request: StaffRequest, client_id: int) -> HttpResponse:
    known(request, Client, client_id)
    count = stop_client(practice_id=request.practice.pk, client_id=client_id, by=request.by, now=request.now)
    if count:
        toast(request, f"{counted(count, 'message')} stopped.", undo=_undo(request, client_id))
    else:
        fault(request, "There was nothing left to stop.")
    return back(request, "client", client_id)


@require_POST
def resume(request: StaffRequest, client_id: int) -> HttpResponse:
    known(request, Client, client_id)
    stopped_at = asked_moment(request.GET.get("at", ""))
    count = stopped_at and resume_touches(
        practice_id=request.practice.pk, client_id=client_id, stopped_at=stopped_at, by=request.by, now=request.now
    )
    if count:
        toast(request, f"{counted(count, 'message')} planned again.")
    else:
        fault(request, "Nothing could be planned again: the time of these messages has passed.")
    return back(request, "client", client_id)


@require_POST
def mark(request: StaffRequest, client_id: int) -> HttpResponse:
    known(request, Client, client_id)
    flag = request.POST.get("flag", "")
    try:
        flag_client(practice_id=request.practice.pk, client_id=client_id, flag=flag, by=request.by, now=request.now)
    except UnknownFlag:
        fault(request, "Choose a mark from the list.")
    else:
        toast(request, f"Marked “{flag_label(flag)}”.", undo=reverse("client-unmarking", args=[client_id, flag]))
    return back(request, "client", client_id)


@require_POST
def unmark(request: StaffRequest, client_id: int, flag: str) -> HttpResponse:
    known(request, Client, client_id)
    unflag_client(practice_id=request.practice.pk, client_id=client_id, flag=flag, by=request.by, now=request.now)
    return back(request, "client", client_id)


def _undo(request: StaffRequest, client_id: int) -> str:
    return f"{reverse('client-resumption', args=[client_id])}?at={request.now.isoformat().replace('+', '%2B')}"
