"""What the owner may change about the consent form."""

from __future__ import annotations

import re

from django import forms

from afterglow.rules.consent_texts import Offer, standard

# Nothing else may stand there: these words go into a header that tells browsers who may frame the form.
_ORIGIN = re.compile(r"https://[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:\d{1,5})?", re.ASCII)
_AT_HOME = re.compile(r"http://(localhost|127\.0\.0\.1)(:\d{1,5})?", re.ASCII)
_LINK = re.compile(r"https://[^\s\"'<>]{4,300}")
_MOST_SITES = 10


class ConsentSettingsForm(forms.Form):
    offers = forms.MultipleChoiceField(
        choices=[(offer.value, standard(offer, "en").title) for offer in Offer],
        error_messages={"required": "Offer at least one thing, or close the form."},
    )
    has_double_opt_in = forms.BooleanField(required=False)
    embed_origins = forms.CharField(required=False, max_length=2_000)
    privacy_link = forms.CharField(required=False, max_length=300)
    terms_link = forms.CharField(required=False, max_length=300)

    def clean_offers(self) -> list[Offer]:
        return [Offer(word) for word in self.cleaned_data["offers"]]

    def clean_embed_origins(self) -> list[str]:
        sites = [line.strip().lower().rstrip("/") for line in self.cleaned_data["embed_origins"].splitlines()]
        named = list(dict.fromkeys(site for site in sites if site))
        for site in named:
            if not (_ORIGIN.fullmatch(site) or _AT_HOME.fullmatch(site)):
                raise forms.ValidationError(f"“{site}”: write only the site, like https://www.example.com.")
        if len(named) > _MOST_SITES:
            raise forms.ValidationError(f"At most {_MOST_SITES} web sites.")
        return named

    def clean_privacy_link(self) -> str:
        return self._checked_link("privacy_link")

    def clean_terms_link(self) -> str:
        return self._checked_link("terms_link")

    def _checked_link(self, name: str) -> str:
        link: str = self.cleaned_data[name].strip()
        if link and not _LINK.fullmatch(link):
            raise forms.ValidationError("Write the whole address of the page, beginning with https://.")
        return link
