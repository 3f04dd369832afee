"""What every webhook adapter says when a call cannot be trusted."""

from __future__ import annotations


class ForgedSignature(Exception):
    """The call cannot be trusted. The message says why, and what the sender has to do."""
