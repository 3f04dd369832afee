"""A client's data handed over or erased. For the owner."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile

from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from afterglow.actions.erase_client import AlreadyErased, MessageOnItsWay, erase_client
from afterglow.actions.export_client import export_client
from afterglow.models import Client, Member
from afterglow.queries.client_export import client_export
from afterglow.queries.erasure import loss_of
from afterglow.web.pages import known, screen
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import toast

IN_MEMORY = 8 * 2**20  # bytes; a larger archive waits on disk


@require_POST
def export(request: StaffRequest, client_id: int) -> HttpResponseBase:
    """The archive; that it was made is kept."""
    if request.role != Member.Role.OWNER:
        return render(request, "403.html", status=403)
    known(request, Client, client_id)
    out = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    told = client_export(request.practice, client_id, now=request.now)
    export_client(
        practice_id=request.practice.pk, client_id=client_id, told=told, out=out, by=request.by, now=request.now
    )
    out.seek(0)
    return FileResponse(
        out,
        as_attachment=True,
        filename=f"client-{client_id}.zip",
        content_type="application/zip",
        headers={"Cache-Control": "no-store"},
    )


@require_http_methods(["GET", "POST"])
def erase(request: StaffRequest, client_id: int) -> HttpResponse:
    """What would go and what would stay; posted with the confirmation, it is done."""
    if request.role != Member.Role.OWNER:
        return render(request, "403.html", status=403)
    known(request, Client, client_id)
    if request.method == "GET":
        return _ask(request, client_id)
    if request.POST.get("sure") != "yes":
        return _ask(request, client_id, "Say yes below first: this cannot be undone.")
    try:
        erase_client(practice_id=request.practice.pk, client_id=client_id, by=request.by, now=request.now)
    except MessageOnItsWay as fault:
        return _ask(request, client_id, str(fault))
    except (Client.DoesNotExist, AlreadyErased):  # somebody else was faster
        raise Http404("This practice has no such client.") from None
    toast(request, "The client is erased.")
    return redirect("client", client_id)


def _ask(request: StaffRequest, client_id: int, why_not: str = "") -> HttpResponse:
    page = screen(request, "erasure.html", loss=loss_of(request.practice, client_id), why_not=why_not)
    page.status_code = 422 if why_not else 200
    return page
