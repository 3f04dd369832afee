"""Numbers that behave in a way of their own: the last four digits of 555-01xx say which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from afterglow.channels.gateway.faults import OPTED_OUT, Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Magic:
    """What happens to a text (or a call) to this number; whatever is not said happens as always."""

    meaning: str
    fault: Fault | None = None  # refused at once
    trouble: str = ""  # one of the kinds of chaos, every time
    code: int | None = None  # undelivered in the end, with this code
    is_stuck: bool = False  # never leaves the queue
    is_unconfirmed: bool = False  # sent, and nothing is heard of it again
    answered_by: str = ""  # who answers a call
    call_status: str = "completed"


ORDINARY = Magic(meaning="")
MAGIC: Mapping[str, Magic] = {
    "0103": Magic(meaning="phone switched off: undelivered, 30003", code=30003, call_status="no-answer"),
    "0104": Magic(meaning="blocked: undelivered, 30004", code=30004),
    "0105": Magic(meaning="unknown number: undelivered, 30005", code=30005, call_status="failed"),
    "0106": Magic(meaning="landline: undelivered, 30006", code=30006),
    "0107": Magic(meaning="filtered by the carrier: undelivered, 30007", code=30007),
    "0108": Magic(meaning="undelivered, nobody knows why: 30008", code=30008),
    "0109": Magic(meaning="sender not registered: undelivered, 30034", code=30034),
    "0110": Magic(meaning="opted out: refused, 21610", fault=OPTED_OUT),
    "0111": Magic(
        meaning="not a mobile: refused, 21614", fault=Fault(400, 21614, "'To' number is not a valid mobile number")
    ),
    "0112": Magic(meaning="invalid: refused, 21211", fault=Fault(400, 21211, "Invalid 'To' Phone Number")),
    "0113": Magic(meaning="answer 429, always", trouble="429"),
    "0114": Magic(meaning="accepted, then the connection breaks", trouble="drop-after"),
    "0115": Magic(meaning="stuck in the queue: 30036 when its validity ends", is_stuck=True),
    "0116": Magic(meaning="sent, never confirmed", is_unconfirmed=True),
    "0117": Magic(meaning="answer 500, nothing accepted", trouble="500"),
    "0118": Magic(meaning="accepted, but the answer is 500", trouble="500-after"),
    "0119": Magic(meaning="accepted, but the answer is too late", trouble="late"),
    "0120": Magic(meaning="a call is answered by a person", answered_by="human"),
    "0121": Magic(meaning="a call finds the line busy", call_status="busy"),
    "0122": Magic(meaning="a call is not answered", call_status="no-answer"),
    "0123": Magic(meaning="a call fails", call_status="failed"),
    "0124": Magic(meaning="a call is answered by a fax", answered_by="fax"),
    "0125": Magic(meaning="a call is answered by nobody knows whom", answered_by="unknown"),
    "0126": Magic(meaning="a call reaches a voicemail", answered_by="machine_end_beep"),
}
_SYNTHETIC = re.compile(r"\+1\d{3}555(01\d\d)")


def magic_of(number: str) -> Magic:
    """The way of this number; the ordinary one for most."""
    found = _SYNTHETIC.fullmatch(number)
    return MAGIC.get(found[1], ORDINARY) if found else ORDINARY


def who_answers(number: str, magic: Magic) -> str:
    """Who picks up, always the same for a number: a voicemail mostly, a person at about every fifth."""
    if magic.answered_by:
        return magic.answered_by
    return "human" if sha256(number.encode()).digest()[0] % 5 == 0 else "machine_end_beep"
