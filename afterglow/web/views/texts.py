"""Check a text: paste it, see what is wrong with it, what it costs and what a stranger reads."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from afterglow.queries.texts import PRICE_OF_A_PART, Draft, check_text
from afterglow.queries.words import CHANNELS, FUNCTIONS
from afterglow.rules.facts import Channel
from afterglow.rules.tokens import TOKENS
from afterglow.rules.typography import Repaired, repair
from afterglow.web.pages import screen
from afterglow.web.staff import StaffRequest
from afterglow.web.text_form import TextForm


@require_http_methods(["GET", "POST"])
def show_texts(request: StaffRequest) -> HttpResponse:
    """The text travels in the body of a POST, so that no text is in an address; nothing is stored."""
    if request.method == "GET":
        return _show(request, Draft(text=""))
    form = TextForm(request.POST)
    if not form.is_valid():
        page = _show(request, Draft(text=request.POST.get("text", "")), form=form)
        page.status_code = 422
        return page
    draft, repaired = form.draft(), None
    if wanted := request.POST.get("repair"):
        repaired = repair(draft.text, has_plain_accents=wanted == "accents")
        draft = replace(draft, text=repaired.text, subject=repair(draft.subject).text)
    return _show(request, draft, form=form, checked=check_text(request.practice, draft), repaired=repaired)


def _show(
    request: StaffRequest,
    draft: Draft,
    *,
    form: TextForm | None = None,
    checked: object = None,
    repaired: Repaired | None = None,
) -> HttpResponse:
    return screen(
        request,
        "texts.html",
        draft=draft,
        form=form,
        checked=checked,
        repaired=repaired,
        functions=FUNCTIONS.items(),
        channels=[(key, label) for key, label in CHANNELS.items() if key != Channel.STAFF_TASK],
        tokens=TOKENS.items(),
        usual_price=PRICE_OF_A_PART,
    )
