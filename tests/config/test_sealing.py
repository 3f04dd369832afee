"""What a person's key sealed opens with that key, about that person, and in no other way."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from afterglow.config.sealing import new_key, open_with, seal_with, unwrap, wrap
from afterglow.config.secrets import SealBroken

OLD, NEW = "o" * 40, "n" * 40


def test_what_is_sealed_opens_with_its_key_and_what_it_is_about() -> None:
    key = new_key()
    sealed = seal_with(key, b"Rosa", about=b"entry 7")
    assert open_with(key, memoryview(sealed), about=b"entry 7") == b"Rosa"
    assert b"Rosa" not in sealed
    assert seal_with(key, b"Rosa", about=b"entry 7") != sealed


@pytest.mark.parametrize("spoiled", ["key", "about", "bytes", "length"])
def test_anything_else_does_not_open(spoiled: str) -> None:
    key = new_key()
    sealed = seal_with(key, b"Rosa", about=b"entry 7")
    last = bytes([sealed[-1] ^ 1])
    given = {"bytes": sealed[:-1] + last, "length": sealed[:5]}.get(spoiled, sealed)
    with pytest.raises(SealBroken):
        open_with(new_key() if spoiled == "key" else key, given, about=b"entry 8" if spoiled == "about" else b"entry 7")


def test_keys_stay_readable_while_the_installations_own_rotate(settings: Settings) -> None:
    key = new_key()
    settings.SECRETS_KEYS = [OLD]
    before = wrap(key, about=b"Rosa")
    settings.SECRETS_KEYS = [NEW, OLD]
    after = wrap(key, about=b"Rosa")
    assert unwrap(before, about=b"Rosa") == unwrap(after, about=b"Rosa") == key
    settings.SECRETS_KEYS = [NEW]
    assert unwrap(after, about=b"Rosa") == key
    with pytest.raises(SealBroken):
        unwrap(before, about=b"Rosa")
    with pytest.raises(SealBroken):
        unwrap(after, about=b"Dana")
