"""Forms with more than one field to check."""

from __future__ import annotations

from django import forms

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
