"""Forms with more than one field to check."""

from __future__ import annotations

from collections.abc import Callable

from django import forms

from afterglow.actions.read_scan import LARGEST, Scan, UnusableScan, read_scan
from afterglow.intake import cells
from afterglow.queries.timeline import CONSENTS
from afterglow.queries.words import purpose_label
from afterglow.rules.facts import Channel, Purpose
from afterglow.rules.optout import Scope
from afterglow.web.choices import AREA_CHOICES, BRAND_CHOICES, FAMILY_CHOICES

_UNSAID = ("", "")


class ServiceForm(forms.Form):
    """What a service of the booking system really is."""

    service = forms.CharField(max_length=500, strip=False)
    code = forms.CharField(max_length=100, required=False, strip=False)
    family = forms.ChoiceField(
        choices=FAMILY_CHOICES,
        error_messages={
            "required": "Choose the treatment, or “No follow-up for this”.",
            "invalid_choice": "Choose the treatment from the list.",
        },
    )
    area = forms.ChoiceField(choices=[_UNSAID, *AREA_CHOICES], required=False)
    brand = forms.ChoiceField(choices=[_UNSAID, *BRAND_CHOICES], required=False)


class ContactForm(forms.Form):
    """How a client can be reached. Either may be empty."""

    phone = forms.CharField(max_length=40, required=False)
    email = forms.CharField(max_length=254, required=False)

    def clean_phone(self) -> str:
        return _usable(cells.phone, self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return _usable(cells.email, self.cleaned_data["email"])


_SELDOM = (("sms", "photo"), ("sms", "funded"), ("email", "funded"))


class GrantForm(forms.Form):
    """What a client allowed, and what proves it, perhaps with a scan of the signed paper."""

    granted = forms.MultipleChoiceField(
        choices=[
            (f"{channel} {purpose}", purpose_label(channel, purpose)) for channel, purpose in (*CONSENTS, *_SELDOM)
        ],
        error_messages={"required": "Choose what the client allowed."},
    )
    evidence = forms.CharField(
        max_length=500,
        error_messages={"required": "Say what proves it: which form, which version, where it is kept."},
    )
    scan = forms.FileField(required=False, error_messages={"empty": "This file is empty."})

    def clean_scan(self) -> Scan | None:
        file = self.cleaned_data["scan"]
        if not file:
            return None
        if file.size > LARGEST:
            raise forms.ValidationError("This file is too large: at most 10 MB.")
        try:
            return read_scan(file.read())
        except UnusableScan as unusable:
            raise forms.ValidationError(str(unusable)) from unusable

    def clean_granted(self) -> list[tuple[Channel, Purpose]]:
        chosen = (choice.split() for choice in self.cleaned_data["granted"])
        return [(Channel(channel), Purpose(purpose)) for channel, purpose in chosen]


class StopForm(forms.Form):
    """What a client asked to end, and how it was said."""

    scope = forms.ChoiceField(
        choices=[
            (Scope.TEXTS.value, "All texts and calls"),
            (Scope.MARKETING.value, "Marketing only, by every channel"),
            (Scope.EMAIL.value, "E-mail"),
            (Scope.CALLS.value, "Calls and voicemails"),
            (Scope.EVERYTHING.value, "Everything"),
        ],
        error_messages={"required": "Choose what is to stop.", "invalid_choice": "Choose what is to stop."},
    )
    how = forms.ChoiceField(
        choices=[
            ("phone", "On the phone"),
            ("in_person", "In person"),
            ("email", "By e-mail"),
            ("voicemail", "On our voicemail"),
        ],
        error_messages={"required": "Say how it was said.", "invalid_choice": "Say how it was said."},
    )
    words = forms.CharField(max_length=300, required=False)

    def clean_scope(self) -> Scope:
        return Scope(self.cleaned_data["scope"])


class AlertsForm(forms.Form):
    """Who is told when Afterglow itself is in trouble. Without either, nobody is."""

    email = forms.CharField(max_length=254, required=False)
    phone = forms.CharField(max_length=40, required=False)
    after_minutes = forms.IntegerField(
        min_value=5,
        max_value=240,
        error_messages={
            "required": "Say after how many minutes.",
            "invalid": "Write a whole number of minutes.",
            "min_value": "At least 5 minutes: a restart takes one or two.",
            "max_value": "At most 240 minutes.",
        },
    )

    def clean_email(self) -> str:
        return _usable(cells.email, self.cleaned_data["email"])

    def clean_phone(self) -> str:
        return _usable(cells.phone, self.cleaned_data["phone"])


def _usable(read: Callable[[str], str], value: str) -> str:
    if not value:
        return ""
    try:
        return read(value)
    except cells.Unusable as unusable:
        raise forms.ValidationError(str(unusable)) from unusable
