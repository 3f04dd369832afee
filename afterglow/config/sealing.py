"""Keys of people: each seals what is kept about one of them, and destroying it is what erasing means.

Everything is AES-256-GCM with a random nonce, and bound to what it belongs to: sealed bytes that were moved or changed
do not open. The keys themselves are wrapped with the keys of the installation, which rotate like other secrets.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from afterglow.config.secrets import SealBroken

_NONCE = 12


def new_key() -> bytes:
    """A fresh random key, never stored as it is."""
    return os.urandom(32)


def seal_with(key: bytes, content: bytes, *, about: bytes) -> bytes:
    """The content, readable only with this key and together with these words about it."""
    return seal_each([(key, content, about)])[0]


def seal_each(items: Sequence[tuple[bytes, bytes, bytes]]) -> list[bytes]:
    """The same for many: key, content, and what it is about. Randomness, most of the cost, is asked for once."""
    nonces = os.urandom(_NONCE * len(items))
    sealed = []
    for at, (key, content, about) in zip(range(0, len(nonces), _NONCE), items, strict=True):
        nonce = nonces[at : at + _NONCE]
        sealed.append(nonce + AESGCM(key).encrypt(nonce, content, about))
    return sealed


def open_with(key: bytes, sealed: bytes | memoryview, *, about: bytes) -> bytes:
    """The content again. Raises SealBroken."""
    data = bytes(sealed)
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], about)
    except (InvalidTag, ValueError) as error:
        raise SealBroken(SealBroken.__doc__) from error


def wrap(key: bytes, *, about: bytes) -> bytes:
    """The key, sealed with the newest key of the installation."""
    nonce = os.urandom(_NONCE)
    return nonce + _wrappers(tuple(settings.SECRETS_KEYS))[0].encrypt(nonce, key, about)


def unwrap(wrapped: bytes | memoryview, *, about: bytes) -> bytes:
    """The key again, whichever of the installation's keys wrapped it. Raises SealBroken."""
    data = bytes(wrapped)
    for wrapper in _wrappers(tuple(settings.SECRETS_KEYS)):
        try:
            return wrapper.decrypt(data[:_NONCE], data[_NONCE:], about)
        except (InvalidTag, ValueError):
            continue
    raise SealBroken(SealBroken.__doc__)


@lru_cache(maxsize=4)
def _wrappers(keys: tuple[str, ...]) -> tuple[AESGCM, ...]:
    return tuple(AESGCM(_stretched(key)) for key in keys)


def _stretched(key: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"afterglow keys of people").derive(key.encode())
