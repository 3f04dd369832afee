"""The secret of an installation: given by the environment, or made once and kept in the data directory."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from afterglow.config.env import WrongSetting


def installation_secret(given: str, *, data_dir: Path) -> str:
    """The given secret, or the one in `data_dir`, which is made on first use and readable by its owner only."""
    if given:
        return _long_enough(given)
    path = data_dir / "secret.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_once(path)
        return _long_enough(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise WrongSetting(
            f"The secret of this installation cannot be kept in {path} ({error.strerror}). "
            "Set AFTERGLOW_DATA to a directory that can be written, or AFTERGLOW_SECRET_KEY to a long random text."
        ) from error


def derived_password(secret_key: str, *, purpose: str) -> str:
    """A password that everybody who has the secret finds again, and nobody else."""
    return hmac.new(secret_key.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _make_once(path: Path) -> None:
    """Write a new secret completely before it gets its name: two processes that start together read the same one."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(50), encoding="ascii")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _long_enough(value: str) -> str:
    if len(value) < 32:
        raise WrongSetting("AFTERGLOW_SECRET_KEY is too short: use at least 32 random characters.")
    return value
