"""Forms with more than one field to check."""

from __future__ import annotations

from collections.abc import Callable

from django import forms

from afterglow.intake import cells
from afterglow.queries.timeline import CONSENTS
from afterglow.queries.words import purpose_label
from afterglow.rules.facts import Channel, Purpose
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


class ConsentForm(forms.Form):
    """What a client allowed, and what proves it."""

    granted = forms.MultipleChoiceField(
        choices=[(f"{channel} {purpose}", purpose_label(channel, purpose)) for channel, purpose in CONSENTS],
        error_messages={"required": "Choose what the client allowed."},
    )
    evidence = forms.CharField(
        max_length=500,
        error_messages={"required": "Say what proves it: which form, which version, where it is kept."},
    )

    def clean_granted(self) -> list[tuple[Channel, Purpose]]:
        chosen = (choice.split() for choice in self.cleaned_data["granted"])
        return [(Channel(channel), Purpose(purpose)) for channel, purpose in chosen]


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
