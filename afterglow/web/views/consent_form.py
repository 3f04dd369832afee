"""The consent form as staff see it: where clients find it, what it offers, in which words."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from afterglow.actions.keep_wordings import FaultyWording, edit_wording
from afterglow.actions.set_consent_form import change_form, close_form, open_form
from afterglow.models import Member
from afterglow.queries.consent_form import form_screen
from afterglow.rules.consent_texts import LANGUAGES, Offer
from afterglow.web.consent_settings import ConsentSettingsForm
from afterglow.web.pages import back, screen
from afterglow.web.qr import qr_picture
from afterglow.web.staff import StaffRequest
from afterglow.web.toasts import fault, toast

_DESK = (Member.Role.OWNER, Member.Role.FRONT_DESK)


@require_GET
def show_form(request: StaffRequest) -> HttpResponse:
    return _show(request)


@require_GET
def show_poster(request: StaffRequest) -> HttpResponse:
    """A sheet for the waiting room, to be printed."""
    found = form_screen(request.practice, now=request.now)
    if found.form is None:
        raise Http404("This practice has no consent form yet.")
    return screen(request, "consent_form/poster.html", found=found, picture=qr_picture(found.link))


@require_POST
def open_it(request: StaffRequest) -> HttpResponse:
    if request.role not in _DESK:
        return render(request, "403.html", status=403)
    open_form(practice_id=request.practice.pk, now=request.now)
    toast(request, "The form is open.")
    return back(request, "consent-form")


@require_POST
def close_it(request: StaffRequest) -> HttpResponse:
    if request.role not in _DESK:
        return render(request, "403.html", status=403)
    close_form(practice_id=request.practice.pk)
    toast(request, "The form is closed.")
    return back(request, "consent-form")


@require_POST
def change_settings(request: StaffRequest) -> HttpResponse:
    if request.role != Member.Role.OWNER:
        return render(request, "403.html", status=403)
    form = ConsentSettingsForm(request.POST)
    if not form.is_valid():
        return _show(request, settings=form)
    change_form(practice_id=request.practice.pk, **form.cleaned_data)
    toast(request, "Saved.")
    return back(request, "consent-form")


@require_POST
def change_wording(request: StaffRequest, offer: str, language: str) -> HttpResponse:
    if request.role != Member.Role.OWNER:
        return render(request, "403.html", status=403)
    if offer not in list(Offer) or language not in LANGUAGES:
        raise Http404("There is no such wording.")
    template = request.POST.get("template", "").replace("\0", "")
    try:
        edit_wording(
            practice_id=request.practice.pk,
            offer=Offer(offer),
            language=language,
            template=template,
            by=request.by,
            now=request.now,
        )
    except FaultyWording as faulty:
        fault(request, "The wording was not saved: see below.")
        return _show(request, draft={"offer": offer, "language": language, "text": template, "faults": faulty.faults})
    toast(request, "This is how it reads from now on. The former wording is kept.")
    return back(request, "consent-form")


def _show(
    request: StaffRequest, *, settings: ConsentSettingsForm | None = None, draft: dict[str, object] | None = None
) -> HttpResponse:
    """The screen, with a form that could not be accepted if there is one."""
    found = form_screen(request.practice, now=request.now)
    page = screen(
        request,
        "consent_form.html",
        found=found,
        picture=qr_picture(found.link) if found.form else "",
        settings=settings,
        draft=draft,
        may_open=request.role in _DESK,
        may_change=request.role == Member.Role.OWNER,
    )
    page.status_code = 422 if settings or draft else 200
    return page
