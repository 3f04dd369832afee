"""One cell of text → one value, or `Unusable` with the sentence that helps. No sentence repeats what the cell held."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

import phonenumbers

from afterglow.intake.contract import VisitStatus

LONGEST_TEXT = 300
ZERO = Decimal(0)
YES = frozenset({"yes", "y", "true", "1", "x", "on", "ok", "si", "sí", "opted in", "opt in", "granted"})
NO = frozenset({"no", "n", "false", "0", "-", "off", "none", "null", "n/a", "opted out", "opt out"})
_NO_PROOF = YES | NO | {
    "assumed", "assumed yes", "yes assumed", "implied", "implicit", "unknown", "not known", "not recorded", "consent",
    "consented", "opt-in", "opted-in", "agreed", "default", "existing client", "client", "none on file", "tbd", "?",
}  # fmt: skip


class Unusable(Exception):
    """A cell that cannot be used. The message is a whole sentence that says what to write instead."""


def text(raw: str) -> str:
    """The words of a cell on one line: no control characters, no doubled spaces."""
    words = raw.strip() if raw.isprintable() else " ".join(_without_controls(raw).split())
    if len(words) > LONGEST_TEXT:
        raise Unusable(f"The text is longer than {LONGEST_TEXT} characters. Check for a quotation mark left open.")
    return words


def evidence(raw: str) -> str:
    """What proves a consent, in words. That it is assumed, or simply true, proves nothing."""
    words = text(raw)
    if words.casefold().strip(" .!") in _NO_PROOF:
        raise Unusable(
            f"“{words}” proves no consent, so none was taken. Name the form and its version, or the document, and "
            "where it is kept."
        )
    return words


def _without_controls(raw: str) -> str:
    return "".join(c if c.isprintable() else " " for c in raw)


def full_name(raw: str) -> tuple[str, str]:
    """First and last name of "Rosa Lind" or "Lind, Rosa"."""
    last, comma, first = text(raw).partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _, last = last.partition(" ")
    return first, last


_BOOKED = """booked confirmed arrived scheduled requested pending accepted active new reserved unconfirmed tentative
    checkedin checkin show started inprogress serviceinprogress readytostart awaitingconfirmation needacceptance
    needsacceptance bookedonline confirm open upcoming"""
_COMPLETED = "completed complete checkedout checkout closed final fulfilled finished done performed paid attended"
_CANCELLED = """cancelled canceled cancel latecancelled latecanceled latecancel cancelledlate canceledlate deleted
    denied declined voided void cancelledbycustomer cancelledbyseller clientcancel clientlatecancel staffcancel archived
    neverbooked rescheduled enteredinerror"""
_NO_SHOW = "noshow missed didnotarrive didnotshow"
_STATUSES = {
    word: status
    for words, status in (
        (_BOOKED, VisitStatus.BOOKED),
        (_COMPLETED, VisitStatus.COMPLETED),
        (_CANCELLED, VisitStatus.CANCELLED),
        (_NO_SHOW, VisitStatus.NO_SHOW),
    )
    for word in words.split()
}


@lru_cache(maxsize=512)
def status(raw: str) -> VisitStatus:
    """Our word for a booking system's word: "Service Complete" is completed, "Late Cancelled" is cancelled."""
    letters = "".join(c for c in raw.casefold() if c.isalpha())
    if letters.startswith("servicecomplete"):
        return VisitStatus.COMPLETED
    if letters not in _STATUSES:
        raise Unusable(
            "This status is not known. Use booked, confirmed, arrived, completed, cancelled or no_show "
            "(most systems' own words are understood too)."
        )
    return _STATUSES[letters]


_PHONE_MARKS = str.maketrans("", "", " ()-./\u00a0\u2010\u2011\u2013")


def phone(raw: str) -> str:
    """E.164. A number without a country is read as North American."""
    digits = raw.translate(_PHONE_MARKS)
    if digits.startswith("+1"):
        digits = digits[2:]
    elif len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    if len(digits) == 10 and digits.isascii() and digits.isdigit():
        if digits[0] < "2" or digits[3] < "2" or len(set(digits)) == 1:
            raise Unusable("This is not a telephone number that exists. Correct it, or leave the cell empty.")
        return "+1" + digits
    return _phone_elsewhere(raw)


@lru_cache(maxsize=4096)
def _phone_elsewhere(raw: str) -> str:
    try:
        number = phonenumbers.parse(raw, "US")
    except phonenumbers.NumberParseException:
        raise Unusable("This is not a telephone number. Write it like +1 207 555 0134.") from None
    if number.extension:
        raise Unusable("A number with an extension cannot be texted. Write the client's own number.")
    if not phonenumbers.is_valid_number(number):
        raise Unusable("This is not a telephone number that exists. Write it with its country, like +1 207 555 0134.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")


def email(raw: str) -> str:
    if len(raw) > 254 or not _EMAIL.fullmatch(raw):
        raise Unusable("This is not an e-mail address. Write one address like name@clinic.example, or leave it empty.")
    return raw.lower()


_STATES = {
    name: code
    for code, name in (
        pair.split(" ", 1)
        for pair in """AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
        |DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas
        |KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi
        |MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
        |NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|RI Rhode Island
        |SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington
        |WV West Virginia|WI Wisconsin|WY Wyoming|PR Puerto Rico|VI Virgin Islands|GU Guam|AS American Samoa
        |MP Northern Mariana Islands""".casefold()
        .replace("\n", "")
        .split("|")
        for pair in [" ".join(pair.split())]
    )
}
_STATE_CODES = frozenset(_STATES.values())


@lru_cache(maxsize=512)
def state(raw: str) -> str:
    """The two letters of a US state or territory."""
    word = " ".join(raw.casefold().replace(".", "").split())
    code = word if word in _STATE_CODES else _STATES.get(word, "")
    if not code:
        raise Unusable("This is not a US state. Write its two letters, like ME.")
    return code.upper()


_ZIP = re.compile(r"(\d{3,5})(-\d{4})?")


@lru_cache(maxsize=4096)
def zip_code(raw: str) -> str:
    """Five digits, or nine. A leading zero that a spreadsheet dropped comes back."""
    match = _ZIP.fullmatch(raw)
    if match is None:
        raise Unusable("This is not a US ZIP code. Write five digits, like 04101.")
    return match[1].zfill(5) + (match[2] or "")


_LANGUAGES = {"en": "en", "eng": "en", "english": "en", "inglés": "en", "ingles": "en"} | {
    "es": "es", "spa": "es", "spanish": "es", "español": "es", "espanol": "es", "castellano": "es",
}  # fmt: skip


@lru_cache(maxsize=512)
def language(raw: str) -> str:
    word = raw.casefold()
    code = _LANGUAGES.get(word) or _LANGUAGES.get(re.split(r"[-_]", word)[0])
    if not code:
        raise Unusable("This language is not available: write en or es. The client is written to in English.")
    return code


_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)?(\.\d*)?")


@lru_cache(maxsize=65536)
def amount(raw: str) -> Decimal:
    """Money or a quantity as written on an invoice: "$1,200.50", "(45.00)", "USD 300"."""
    digits = raw.upper().replace("USD", "").replace("$", "").replace(" ", "").replace("\u00a0", "")
    is_negative = digits.startswith("-") or (digits.startswith("(") and digits.endswith(")"))
    digits = digits.strip("()").removeprefix("-").removeprefix("+")
    match = _AMOUNT.fullmatch(digits)
    if match is None or not any(c.isdigit() for c in digits) or len(digits) > 16 or not digits.isascii():
        raise Unusable("This is not an amount. Write it with a point for the cents, like 1200.50.")
    value = Decimal(digits.replace(",", ""))
    return -value if is_negative else value


def currency(raw: str) -> str:
    """Three letters, as on a bank statement."""
    code = "USD" if raw == "$" else raw.upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise Unusable("This is not a currency. Write its three letters, like USD.")
    return code


_SESSION = re.compile(r"#?(\d{1,3})(?:\.0)?(?: ?(?:/|of|de) ?(\d{1,3}))?", re.ASCII)


@lru_cache(maxsize=4096)
def session(raw: str) -> tuple[int, int | None]:
    """ "2", or "2 of 6" in one cell."""
    match = _SESSION.fullmatch(raw.casefold())
    if match is None or int(match[1]) < 1 or (match[2] is not None and int(match[2]) < int(match[1])):
        raise Unusable("This is not a session of a series. Write whole numbers: session 2, total 6.")
    return int(match[1]), int(match[2]) if match[2] else None
