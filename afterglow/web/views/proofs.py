"""The proof behind a message: on the screen, on paper, as data; and a period's proofs for counsel."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from tempfile import SpooledTemporaryFile

from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from afterglow.actions.note_look import note_look
from afterglow.models import Member, Message
from afterglow.queries.proof import Proof, count_proofs, proof_of
from afterglow.queries.proof_bundle import write_bundle
from afterglow.queries.proof_paper import as_data, as_pdf, as_words
from afterglow.rules.timing import local_day, local_moment
from afterglow.web.pages import screen
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import fault

IN_MEMORY = 8 * 2**20  # bytes; a larger archive waits on disk
MOST_DAYS = 400
YEARS = range(2000, 2200)  # at the edge of the calendar no zone can be reckoned with


@require_GET
def show_proof(request: StaffRequest, message_id: int) -> HttpResponse:
    proof = _looked_at(request, message_id)
    return screen(request, "proof.html", words=as_words(proof, made_at=request.now), proof=proof)


@require_GET
def show_paper(request: StaffRequest, message_id: int) -> HttpResponse:
    paper = as_pdf(_looked_at(request, message_id), made_at=request.now)
    return HttpResponse(
        paper,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="proof-{message_id}.pdf"', "Cache-Control": "no-store"},
    )


@require_GET
def show_data(request: StaffRequest, message_id: int) -> HttpResponse:
    return JsonResponse(as_data(_looked_at(request, message_id)), headers={"Cache-Control": "no-store"})


@require_http_methods(["GET", "POST"])
def show_proofs(request: StaffRequest) -> HttpResponseBase:
    """Choosing a period; posting it gives the archive. For the owner only: it holds everybody's messages."""
    if request.role != Member.Role.OWNER:
        return render(request, "403.html", status=403)
    today = local_day(request.now, request.practice.timezone)
    first, last = _period(request, today)
    if request.method == "POST":
        if first <= last and (last - first).days < MOST_DAYS and first.year in YEARS and last.year in YEARS:
            return _archive(request, first, last)
        fault(request, f"Choose a first and a last day, at most {MOST_DAYS} days apart.")
    count = count_proofs(request.practice, from_at=_start(request, today - timedelta(days=365)), until_at=request.now)
    return screen(request, "proofs.html", first=first, last=last, count=count)


def _looked_at(request: StaffRequest, message_id: int) -> Proof:
    try:
        proof = proof_of(request.practice, message_id)
    except Message.DoesNotExist:
        raise Http404("This practice has sent no such message.") from None
    note_look(
        practice_id=request.practice.pk,
        kind="proof",
        object_id=message_id,
        client_id=proof.client_id,
        by=request.by,
        now=request.now,
    )
    return proof


def _archive(request: StaffRequest, first: date, last: date) -> FileResponse:
    out = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    write_bundle(
        request.practice,
        out,
        from_at=_start(request, first),
        until_at=_start(request, last + timedelta(days=1)),
        made_at=request.now,
    )
    note_look(practice_id=request.practice.pk, kind="proof bundle", by=request.by, now=request.now)
    out.seek(0)
    return FileResponse(
        out,
        as_attachment=True,
        filename=f"proof-{first}-{last}.zip",
        content_type="application/zip",
        headers={"Cache-Control": "no-store"},
    )


def _start(request: StaffRequest, day: date) -> datetime:
    return local_moment(day, time.min, request.practice.timezone)


def _period(request: StaffRequest, today: date) -> tuple[date, date]:
    return _day(request.POST.get("first", ""), today - timedelta(days=30)), _day(request.POST.get("last", ""), today)


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise
