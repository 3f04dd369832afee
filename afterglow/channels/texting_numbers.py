"""The number that texts leave from: as a setting, and of what kind it is. Each kind has a pace of its own."""

from __future__ import annotations

import re

from afterglow.channels.config_check import PHONE_NUMBER, Key

FROM_NUMBER = Key(
    name="from_number",
    meaning="a number of the account like +12025550142, or a short code",
    pattern=rf"{PHONE_NUMBER}|\d{{5,6}}",
    example="+12025550142",
    is_required=False,
)

_TOLL_FREE = re.compile(r"\+18(00|33|44|55|66|77|88)\d{7}")


def is_short_code(number: str) -> bool:
    return bool(number) and not number.startswith("+")


def is_toll_free(number: str) -> bool:
    return bool(_TOLL_FREE.fullmatch(number))
