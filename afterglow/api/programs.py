"""Which program calls, and for whom it speaks."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from afterglow.actions.api_tokens import program_of
from afterglow.models.across import KnownProgram


class ProgramRequest(HttpRequest):
    """A call of a known program."""

    auth: KnownProgram


class BearerToken(HttpBearer):
    """The token of a program, made with `afterglow api-token create`."""

    def authenticate(self, request: HttpRequest, token: str) -> KnownProgram | None:
        return program_of(token) if token.isascii() and token.isprintable() else None
