"""Where a request of somebody unknown comes from: part of the proof of a consent."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

_LONGEST_AGENT = 300


def network_address(request: HttpRequest) -> str:
    """The caller's address; behind a proxy of ours, the one that it saw. What a caller claims itself does not count."""
    if settings.SECURE_PROXY_SSL_HEADER:  # there is a proxy, and we trust it
        seen = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if seen:
            return seen[:45]
    return str(request.META.get("REMOTE_ADDR", ""))


def user_agent(request: HttpRequest) -> str:
    """What the caller's browser calls itself."""
    return request.headers.get("User-Agent", "")[:_LONGEST_AGENT]
