"""The public consent form: what was typed, checked in the reader's language; and the slip that goes with each page."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.core import signing
from django.http import QueryDict

from afterglow.actions.asked_consent import Asked
from afterglow.intake import cells
from afterglow.queries.join import JoinPage
from afterglow.rules.consent_texts import Offer

OPEN_FOR = timedelta(hours=12)
_SALT = "afterglow consent form"
_LONGEST = {"first_name": 80, "last_name": 80, "phone": 40, "email": 254}


@dataclass(frozen=True, slots=True)
class Slip:
    """What a page carries along, signed: it was made by us, when, and which words it showed.

    It stands in for a cookie: in a frame on another site browsers send none, and nobody is signed in here whose rights
    a forged request could use.
    """

    token: str
    nonce: str
    wording: str
    made_at: datetime


def new_slip(page: JoinPage, *, now: datetime) -> str:
    """A fresh slip for one page."""
    return signing.dumps([page.token, secrets.token_urlsafe(9), page.wording, int(now.timestamp())], salt=_SALT)


def read_slip(text: str) -> Slip | None:
    """What we signed, else None."""
    try:
        token, nonce, wording, made_at = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    return Slip(token, nonce, wording, datetime.fromtimestamp(made_at).astimezone())


class JoinForm(forms.Form):
    """Who agrees, and to what. Nothing is ticked before somebody ticks it."""

    first_name = forms.CharField(required=False)
    last_name = forms.CharField(required=False)
    phone = forms.CharField(required=False)
    email = forms.CharField(required=False)
    tick = forms.MultipleChoiceField(required=False)
    leave_empty = forms.CharField(required=False)
    slip = forms.CharField(required=False)

    def __init__(self, page: JoinPage, data: QueryDict | None = None, *, now: datetime) -> None:
        super().__init__(data)
        self._page, self._words, self._now = page, page.words, now
        ticks = self.fields["tick"]
        assert isinstance(ticks, forms.MultipleChoiceField)
        ticks.choices = [(box.offer.value, box.title) for box in page.boxes]
        ticks.error_messages["invalid_choice"] = self._words["changed"]

    def clean(self) -> None:
        given = self.cleaned_data
        for name, most in _LONGEST.items():
            if len(given.get(name, "")) > most:
                self.add_error(name, self._words["too_long"])
        if given.get("leave_empty"):
            self.add_error("leave_empty", self._words["filled"])
        self._check_slip(read_slip(given.get("slip", "")))
        for name in ("first_name", "last_name"):
            if not given.get(name) and name not in self.errors:
                self.add_error(name, self._words[f"no_{name}"])
        offers = [Offer(word) for word in given.get("tick", ())]
        if not offers and "tick" not in self.errors:
            self.add_error("tick", self._words["no_tick"])
        self._check_address("phone", needed=any(offer.needs_phone for offer in offers))
        self._check_address("email", needed=any(offer.needs_email for offer in offers))

    def asked(self, *, ip: str, agent: str) -> Asked:
        """What was asked for, with its proof."""
        given = self.cleaned_data
        digests = {box.offer: box.digest for box in self._page.boxes}
        return Asked(
            first_name=given["first_name"],
            last_name=given["last_name"],
            phone=given["phone"],
            email=given["email"],
            language=self._page.language,
            ticked={Offer(word): digests[Offer(word)] for word in given["tick"]},
            source="form",
            evidence=f"Consent form {self._page.token}, boxes ticked and sent {self._now:%Y-%m-%d %H:%M} UTC",
            at=self._now,
            ip=ip,
            agent=agent,
        )

    @property
    def nonce(self) -> str:
        slip = read_slip(self.cleaned_data["slip"])
        assert slip is not None
        return slip.nonce

    @property
    def has_new_words(self) -> bool:
        """Whether the reader has not seen these words yet: then no box stays ticked."""
        slip = read_slip(self.data.get("slip", "")) if self.is_bound else None
        return slip is not None and slip.wording != self._page.wording

    def _check_slip(self, slip: Slip | None) -> None:
        if slip is None or slip.token != self._page.token or self._now - slip.made_at > OPEN_FOR:
            self.add_error(None, self._words["stale"])
        elif slip.wording != self._page.wording:
            self.add_error(None, self._words["changed"])

    def _check_address(self, name: str, *, needed: bool) -> None:
        if name in self.errors:
            return
        typed = self.cleaned_data.get(name, "")
        if not typed:
            if needed:
                self.add_error(name, self._words[f"no_{name}"])
            return
        try:
            self.cleaned_data[name] = cells.phone(typed) if name == "phone" else cells.email(typed)
        except cells.Unusable:
            self.add_error(name, self._words[f"bad_{name}"])
