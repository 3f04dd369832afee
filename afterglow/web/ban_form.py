"""The form that notes a ban by decree."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from afterglow.actions.set_blackouts import EARLIEST, LATEST
from afterglow.rules.facts import BanScope
from afterglow.rules.zones import state_names

_AS_TYPED = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]
_NO_MOMENT = {"invalid": "Write a day and a time, like 2026-09-03T08:00."}
SCOPES = [
    (BanScope.MARKETING.value, "Marketing: rebooking and invitations"),
    (BanScope.EVERYTHING.value, "Everything automatic, check-ins too"),
]


def _in_time(moment: datetime) -> None:
    if not EARLIEST <= moment < LATEST:
        raise forms.ValidationError("Write a year between 2000 and 2199, or leave it empty.")


class BanForm(forms.Form):
    """Where, what, from when, until when, why. Times are the practice's own; empty ones mean now, and until ended."""

    state = forms.ChoiceField(
        choices=lambda: [("", "Every state"), *sorted(state_names().items(), key=lambda pair: pair[1])], required=False
    )
    scope = forms.ChoiceField(choices=SCOPES)
    from_at = forms.DateTimeField(
        required=False, input_formats=_AS_TYPED, error_messages=_NO_MOMENT, validators=[_in_time]
    )
    until_at = forms.DateTimeField(
        required=False, input_formats=_AS_TYPED, error_messages=_NO_MOMENT, validators=[_in_time]
    )
    reason = forms.CharField(
        max_length=120, error_messages={"required": "Say why: it stands at every message that is held back."}
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"].strip(" .")
        if not reason:
            raise forms.ValidationError("Say why: it stands at every message that is held back.")
        return reason

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        begins, ends = told.get("from_at"), told.get("until_at")
        if begins and ends and ends <= begins:
            self.add_error("until_at", "The end must lie after the beginning.")
        return told
