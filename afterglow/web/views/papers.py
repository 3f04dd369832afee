"""Scans of signed paper. Each look at one is kept."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from afterglow.actions.keep_evidence import EvidenceGone, open_evidence
from afterglow.models import Evidence, Member
from afterglow.web.staff import StaffRequest

_MAY_LOOK = (Member.Role.OWNER, Member.Role.FRONT_DESK, Member.Role.CLINICIAN)


@require_GET
def show_paper(request: StaffRequest, client_id: int, evidence_id: int) -> HttpResponse:
    """The file: a picture in the browser, a PDF as a download. Neither may run or load anything."""
    if request.role not in _MAY_LOOK:
        return render(request, "403.html", status=403)
    try:
        scan = open_evidence(
            practice_id=request.practice.pk,
            client_id=client_id,
            evidence_id=evidence_id,
            by=request.by,
            now=request.now,
        )
    except (Evidence.DoesNotExist, EvidenceGone):
        raise Http404("This practice has no such paper.") from None
    way = "attachment" if scan.ending == "pdf" else "inline"
    response = HttpResponse(
        scan.content,
        content_type=scan.content_type,
        headers={
            "Content-Disposition": f'{way}; filename="signed-paper-{evidence_id}.{scan.ending}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )
    response._csp_replace = {"default-src": ["'none'"], "sandbox": True}  # type: ignore[attr-defined]
    return response
