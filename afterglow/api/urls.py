"""The API's addresses, below /api/v1/."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from afterglow.api import consents, faults

api = NinjaAPI(
    title="Afterglow",
    version="1",
    description=(
        "Tell Afterglow what clients allowed. Every call carries the bearer token of its program, made with "
        "`afterglow api-token create`."
    ),
    docs_url=None,  # its page would load scripts from elsewhere
    openapi_url="openapi.json",
    urls_namespace="api",
)
api.add_router("", consents.router)
api.add_exception_handler(ValidationError, faults.invalid)
api.add_exception_handler(AuthenticationError, faults.unknown_caller)
api.add_exception_handler(HttpError, faults.refused)
api.add_exception_handler(RequestDataTooBig, faults.too_large)
api.add_exception_handler(Exception, faults.ours)

patterns, app_name, namespace = api.urls
for pattern in patterns:
    if pattern.callback is not None:
        login_not_required(pattern.callback)  # a program shows its token, it does not sign in
urls = (patterns, app_name, namespace)
