"""What the screens have in common: page numbers, parts for htmx, the way back after a form."""

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from afterglow.models import Client
from afterglow.models.base import PracticeOwned
from afterglow.web.staff import StaffRequest


def known(request: StaffRequest, model: type[PracticeOwned], pk: int) -> None:
    """404 unless this practice has such a row. An erased client is none any more: nothing can be added to one."""
    alive: dict[str, object] = {"erased_at": None} if model is Client else {}
    if not model._default_manager.filter(practice=request.practice, pk=pk, **alive).exists():
        raise Http404(f"This practice has no such {model._meta.verbose_name}.")


def page_number(request: HttpRequest) -> int:
    """The page asked for, counted from 1; the first one for anything that is no such number."""
    asked = request.GET.get("page", "")
    return max(int(asked), 1) if asked.isdecimal() and len(asked) < 7 else 1


def asked_day(request: HttpRequest, name: str = "on") -> date | None:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def asked_moment(value: str) -> datetime | None:
    """A moment with its zone, none for anything else."""
    try:
        moment = datetime.fromisoformat(value.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def screen(request: StaffRequest, template: str, part: str = "", **context: object) -> HttpResponse:
    """The whole page, or only its part when htmx asks for that."""
    is_part = bool(part) and bool(request.htmx) and not request.htmx.boosted
    response = render(request, part if is_part else template, context)
    if part:
        patch_vary_headers(response, ["HX-Request"])
    return response


def back(request: HttpRequest, otherwise: str, *args: object) -> HttpResponseRedirect:
    """To where the form was; only ever to this site."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return HttpResponseRedirect(wanted)
    return HttpResponseRedirect(resolve_url(otherwise, *args))


def with_query(**values: object) -> str:
    """ "?page=2&function=rebook", without what is empty."""
    given = {name: value for name, value in values.items() if value not in ("", None, 1)}
    return f"?{urlencode(given)}" if given else "?"
