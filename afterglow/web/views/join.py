"""The public consent form, as a page and inside a frame on the practice's web site. No sign-in, no cookie."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from afterglow import jobs
from afterglow.actions.accept_form import TooManyPosts, accept_form
from afterglow.actions.take_consent import WAITS_FOR, Next
from afterglow.queries.join import JoinPage, join_page, join_sheet
from afterglow.rules.consent_texts import LANGUAGES
from afterglow.web.caller import network_address, user_agent
from afterglow.web.join_form import JoinForm, new_slip
from afterglow.web.tags import number

_NEXT = {
    Next.NOTHING: "next_done",
    Next.ANSWER_YES: "next_yes",
    Next.ANSWER_EARLIER: "next_again",
    Next.SEND_START: "next_start",
    Next.NO_TEXTS: "next_dead",
}
_HOURS = str(int(WAITS_FOR.total_seconds() // 3600))


@csrf_exempt  # nobody is signed in here, and a frame on another site has no cookie; a signed slip goes with each page
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    return _answer(request, token, is_embedded=False)


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def join_embedded(request: HttpRequest, token: str) -> HttpResponse:
    """The same form for a frame on the web sites that the practice named, and nowhere else."""
    return _answer(request, token, is_embedded=True)


@login_not_required
@require_GET
def show_sheet(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """The terms, or the privacy notice."""
    page = _page(request, token)
    found = join_sheet(token, name, language=page.language)
    return _rendered(request, page, "sheet", sheet=found)


def _answer(request: HttpRequest, token: str, *, is_embedded: bool) -> HttpResponse:
    page, now = _page(request, token), timezone.now()
    if not page.is_open:
        status = 409 if request.method == "POST" else 200
        return _rendered(request, page, "closed", is_embedded=is_embedded, status=status)
    form = JoinForm(page, request.POST if request.method == "POST" else None, now=now)
    if not form.is_bound or not form.is_valid():
        return _form(request, page, form, is_embedded, status=422 if form.is_bound else 200)
    asked = form.asked(ip=network_address(request), agent=user_agent(request))
    try:
        taken = accept_form(practice_id=page.practice_id, asked=asked, wordings=page.boxes, nonce=form.nonce, now=now)
    except TooManyPosts:
        form.add_error(None, page.words["too_many"])
        return _form(request, page, form, is_embedded, status=429)
    jobs.wake(page.practice_id)
    titles = {box.offer: box.title for box in page.boxes}
    return _rendered(
        request,
        page,
        "thanks",
        is_embedded=is_embedded,
        recorded=[titles[offer] for offer in taken.recorded],
        waiting=[titles[offer] for offer in taken.waiting],
        coming=page.words[_NEXT[taken.next]].replace("{number}", number(asked.phone)).replace("{hours}", _HOURS),
    )


def _form(request: HttpRequest, page: JoinPage, form: JoinForm, is_embedded: bool, *, status: int) -> HttpResponse:
    return _rendered(
        request,
        page,
        "form",
        is_embedded=is_embedded,
        status=status,
        form=form,
        ticked=[] if form.has_new_words else request.POST.getlist("tick"),
        slip=new_slip(page, now=timezone.now()),
        other_language=next(code for code in LANGUAGES if code != page.language),
    )


def _page(request: HttpRequest, token: str) -> JoinPage:
    page = join_page(token, language=_language(request)) if token.isprintable() else None
    if page is None:
        raise Http404
    return page


def _language(request: HttpRequest) -> str:
    """The one that was chosen, else the one that the browser asks for first."""
    chosen = request.POST.get("lang") or request.GET.get("lang") or request.headers.get("Accept-Language", "")
    return "es" if chosen[:2].lower() == "es" else "en"


def _rendered(
    request: HttpRequest,
    page: JoinPage,
    name: str,
    *,
    is_embedded: bool = False,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    """Never kept, never listed, and framed only where the practice allowed it."""
    known = {"page": page, "is_embedded": is_embedded, **context}
    response = render(request, f"join/{name}.html", known, status=status)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    patch_vary_headers(response, ["Accept-Language"])
    if is_embedded and page.embed_origins:
        response.xframe_options_exempt = True
        response._csp_replace = {"frame-ancestors": list(page.embed_origins)}  # type: ignore[attr-defined]
    return response
