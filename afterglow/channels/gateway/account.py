"""The stand-in's one account, and how it proves to a practice that a call comes from it."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "stand-in"  # noqa: S105 - known to all: nothing here is secret
API_VERSION = "2010-04-01"
API = f"/{API_VERSION}/Accounts/{ACCOUNT_SID}"
POOL_NUMBER = "+15005550006"  # what a Messaging Service of this account sends from
AUTHORIZATION = "Basic " + b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode("ascii")


def signature(url: str, params: Iterable[tuple[str, str]]) -> str:
    """The X-Twilio-Signature of a call to `url` with these form fields."""
    signed = url + "".join(name + value for name, value in sorted(set(params)))
    return b64encode(hmac.digest(AUTH_TOKEN.encode(), signed.encode(), "sha1")).decode("ascii")
