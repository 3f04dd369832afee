"""The form of "Check a text"."""

from __future__ import annotations

from decimal import Decimal

from django import forms

from afterglow.queries.texts import PRICE_OF_A_PART, Draft
from afterglow.queries.words import CHANNELS, FUNCTIONS
from afterglow.rules.facts import Channel, Function


class TextForm(forms.Form):
    """A text, what it is for and how it travels."""

    function = forms.ChoiceField(
        choices=list(FUNCTIONS.items()), error_messages={"required": "Choose what the text is for."}
    )
    channel = forms.ChoiceField(
        choices=[(key, label) for key, label in CHANNELS.items() if key != Channel.STAFF_TASK],
        error_messages={"required": "Choose how it is sent."},
    )
    subject = forms.CharField(max_length=300, required=False)
    text = forms.CharField(
        max_length=20_000,
        strip=False,
        error_messages={
            "required": "Paste or write a text first.",
            "max_length": "This is too long to check: at most 20,000 characters.",
        },
    )
    price = forms.DecimalField(
        required=False,
        min_value=0,
        max_value=10,
        max_digits=8,
        decimal_places=6,
        error_messages={
            "invalid": "Write a price in dollars, such as 0.0118.",
            "min_value": "A price cannot be below 0.",
            "max_value": "That is more than $10 a part. Write it in dollars, such as 0.0118.",
        },
    )

    def draft(self) -> Draft:
        """The text as it is to be checked."""
        said = self.cleaned_data
        price: Decimal | None = said["price"]
        return Draft(
            text=said["text"].replace("\r\n", "\n"),
            subject=said["subject"],
            function=Function(said["function"]),
            channel=Channel(said["channel"]),
            price=PRICE_OF_A_PART if price is None else price,
        )
