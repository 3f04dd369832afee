"""What a provider gave us is unreadable without our keys, and the keys can be changed."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from afterglow.config.secrets import SealBroken, seal, unseal

OLD, NEW = "o" * 40, "n" * 40
ACCOUNT = {"account": "AC1", "token": "t0ken", "ports": [1, 2]}


def test_what_is_sealed_can_be_read_again_and_not_without_the_key() -> None:
    sealed = seal(ACCOUNT)
    assert unseal(sealed) == ACCOUNT
    assert unseal(memoryview(sealed)) == ACCOUNT
    assert b"t0ken" not in sealed


def test_a_new_key_in_front_keeps_what_the_old_one_sealed(settings: Settings) -> None:
    settings.SECRETS_KEYS = [OLD]
    sealed_before = seal(ACCOUNT)
    settings.SECRETS_KEYS = [NEW, OLD]
    sealed_after = seal(ACCOUNT)
    assert unseal(sealed_before) == ACCOUNT
    settings.SECRETS_KEYS = [NEW]
    assert unseal(sealed_after) == ACCOUNT
    with pytest.raises(SealBroken):
        unseal(sealed_before)


def test_changed_bytes_are_refused() -> None:
    sealed = bytearray(seal(ACCOUNT))
    sealed[20] ^= 1
    with pytest.raises(SealBroken):
        unseal(bytes(sealed))
