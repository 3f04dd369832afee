"""What a program sends about a consent, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal, Self

from ninja import Schema
from pydantic import AwareDatetime, ConfigDict, Field, field_validator, model_validator

from afterglow.actions.accept_api_call import Claim
from afterglow.actions.take_consent import Next
from afterglow.intake import cells
from afterglow.rules.consent_texts import Offer

_NO_PROOF = re.compile(r"\b(assum\w*|impli(ed|cit)|presum\w*|n/a|none|unknown|not asked|pre-?(tick|check)ed)\b", re.I)
Name = Annotated[str, Field(min_length=1, max_length=80)]


class ConsentGiven(Schema):
    """One thing that was allowed, and the words that were agreed to."""

    model_config = ConfigDict(extra="forbid")

    kind: Offer
    text: Annotated[str, Field(max_length=4_000, description="The exact words beside the box.")] = ""
    text_digest: Annotated[
        str, Field(max_length=64, description="Instead of the text: the digest of words that `GET /wordings` gave.")
    ] = ""

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if bool(self.text.strip()) == bool(self.text_digest):
            raise ValueError(
                "Send the exact words that were agreed to, as text or as text_digest. A yes alone is none."
            )
        return self

    def claim(self) -> Claim:
        return Claim(offer=self.kind, text=self.text.strip(), digest=self.text_digest)


class ConsentReport(Schema):
    """Who allowed what, when and where, and what proves it."""

    model_config = ConfigDict(extra="forbid")

    first_name: Name
    last_name: Name
    phone: Annotated[str, Field(max_length=40)] = ""
    email: Annotated[str, Field(max_length=254)] = ""
    language: Literal["en", "es"] = "en"
    consents: Annotated[list[ConsentGiven], Field(min_length=1, max_length=len(Offer))]
    given_at: Annotated[AwareDatetime, Field(description="When the client agreed, with its offset from UTC.")]
    source: Annotated[str, Field(min_length=3, max_length=200, description="The form, and where it stands.")]
    evidence: Annotated[str, Field(min_length=3, max_length=500, description="What proves it, and where it is kept.")]
    ip: Annotated[str, Field(max_length=45)] = ""
    user_agent: Annotated[str, Field(max_length=300)] = ""
    confirmed_at: Annotated[
        AwareDatetime | None,
        Field(description="When the number itself answered YES elsewhere. Then it is not asked again."),
    ] = None

    @field_validator("phone")
    @classmethod
    def _phone(cls, value: str) -> str:
        return _checked(cells.phone, value)

    @field_validator("email")
    @classmethod
    def _email(cls, value: str) -> str:
        return _checked(cells.email, value)

    @field_validator("source", "evidence")
    @classmethod
    def _is_proof(cls, value: str) -> str:
        if _NO_PROOF.search(value):
            raise ValueError("A consent is not assumed. Say which form it was given on and where that is kept.")
        return value.strip()

    @field_validator("consents")
    @classmethod
    def _are_different(cls, value: list[ConsentGiven]) -> list[ConsentGiven]:
        if len({given.kind for given in value}) < len(value):
            raise ValueError("Each kind of consent once.")
        return value

    @model_validator(mode="after")
    def _has_addresses(self) -> Self:
        kinds = [given.kind for given in self.consents]
        if any(kind.needs_phone for kind in kinds) and not self.phone:
            raise ValueError("These consents need a phone number: send phone.")
        if any(kind.needs_email for kind in kinds) and not self.email:
            raise ValueError("Consent to e-mail needs an address: send email.")
        return self


def _checked(read: Callable[[str], str], value: str) -> str:
    try:
        return read(value.strip()) if value.strip() else ""
    except cells.Unusable as unusable:
        raise ValueError(str(unusable)) from unusable


class ConsentTaken(Schema):
    """What became of it. `next` says what the client must still do before what is waiting counts."""

    recorded: list[Offer]
    waiting: list[Offer]
    next: Next
    client_id: int | None


class WordingShown(Schema):
    """Words of the practice's own form, as they read today."""

    kind: Offer
    language: str
    title: str
    text: str
    text_digest: str
