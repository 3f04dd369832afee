"""Secrets at rest: what a provider gave us is readable only with the keys of this installation."""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SealBroken(Exception):
    """The sealed bytes were changed, or sealed with a key that is not in AFTERGLOW_SECRETS_KEY any more."""


def seal(values: dict[str, Any]) -> bytes:
    """The values encrypted with the newest key."""
    return _cipher(tuple(settings.SECRETS_KEYS)).encrypt(json.dumps(values).encode())


def unseal(sealed: bytes | memoryview) -> dict[str, Any]:
    """The values again, whichever of the listed keys they were sealed with. Raises SealBroken."""
    try:
        values: dict[str, Any] = json.loads(_cipher(tuple(settings.SECRETS_KEYS)).decrypt(bytes(sealed)))
    except InvalidToken as error:
        raise SealBroken(SealBroken.__doc__) from error
    return values


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_stretched(key)) for key in keys])


def _stretched(key: str) -> bytes:
    """Any long text as a Fernet key."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"afterglow secrets at rest")
    return base64.urlsafe_b64encode(derive.derive(key.encode()))
