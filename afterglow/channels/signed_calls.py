"""What providers have in common that sign what they send us: headers of any case, and a time that must be fresh."""

from __future__ import annotations

from datetime import datetime

from afterglow.channels.receipts import Call, ForgedCall

TOLERANCE_SECONDS = 300


def header(call: Call, name: str) -> str:
    """The value of a header, whatever the case of its name; empty when the call lacks it."""
    return next((value for found, value in call.headers.items() if found.lower() == name.lower()), "")


def fresh_stamp(call: Call, name: str, now: datetime) -> str:
    """The seconds since 1970 in this header, as they were sent and signed; raises ForgedCall when they are stale."""
    stamp = header(call, name)
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise ForgedCall(f"The call is not signed: the header {name} is not a number of seconds since 1970.")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        raise ForgedCall("The call was signed more than 5 minutes from now. Check the clock of this computer.")
    return stamp
