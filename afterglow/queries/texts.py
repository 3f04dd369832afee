"""What "Check a text" shows: findings, what it costs, and what a stranger sees on the phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from afterglow.models import Practice
from afterglow.rules.facts import Channel, Function
from afterglow.rules.lint import Finding, body_start, filled_in, lint
from afterglow.rules.segments import Measure, measure
from afterglow.rules.tokens import SAMPLES
from afterglow.rules.typography import repair

# A part sent by Twilio from an American long code: 0.0083 USD, and 0.0035 USD for the carrier (AT&T), as listed in
# 2026. Both change, and other providers differ: the screen asks for the practice's own price.
PRICE_OF_A_PART = Decimal("0.0118")
SEEN_ON_A_LOCKED_PHONE = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text somebody asks about. `subject` is for e-mail."""

    text: str
    subject: str = ""
    function: Function = Function.CHECK_IN
    channel: Channel = Channel.SMS
    price: Decimal = PRICE_OF_A_PART

    @property
    def template(self) -> str:
        has_own = self.channel is not Channel.EMAIL or self.text.lstrip().lower().startswith("subject:")
        return self.text if has_own else f"Subject: {' '.join(self.subject.split())}\n\n{self.text}"


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding, and the words of the text it points at."""

    finding: Finding
    here: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedText:
    findings: tuple[ShownFinding, ...]
    errors: int
    notes: int
    subject: str
    words: str
    measure: Measure
    cost: Decimal  # of a thousand such texts, in dollars
    locked: str
    can_repair: bool
    can_drop_accents: bool


def check_text(practice: Practice, draft: Draft) -> CheckedText:
    """Everything the screen says about a text, filled in with sample values and the practice's own details."""
    samples = practice_samples(practice)
    findings = lint(
        draft.template,
        function=draft.function,
        channel=draft.channel,
        may_name_treatments=practice.has_named_treatments,
        samples=samples,
    )
    subject, words = _split(filled_in(draft.template, samples))
    measured = measure(words)
    plain, bare = repair(draft.text), repair(draft.text, has_plain_accents=True)
    is_text = draft.channel is Channel.SMS
    return CheckedText(
        findings=tuple(
            ShownFinding(f, _here(draft.template, f)) for f in sorted(findings, key=lambda f: not f.is_error)
        ),
        errors=sum(finding.is_error for finding in findings),
        notes=sum(not finding.is_error for finding in findings),
        subject=subject,
        words=words,
        measure=measured,
        cost=(draft.price * measured.segments * 1000).quantize(Decimal("0.01")),
        locked=_locked(subject, words, draft.channel),
        can_repair=is_text and bool(plain.changes),
        can_drop_accents=is_text and plain.text != bare.text,
    )


def practice_samples(practice: Practice) -> Mapping[str, str]:
    """The usual sample values with what the practice really is called and where it is reached."""
    own = {
        "practice.name": practice.name,
        "practice.phone": practice.phone,
        "practice.urgent_phone": practice.urgent_phone or practice.phone,
        "practice.address": practice.address,
    }
    return {**SAMPLES, **{name: value for name, value in own.items() if value}}


def _split(text: str) -> tuple[str, str]:
    start = body_start(text)
    return text[:start].strip()[len("subject:") :].strip(), text[start:].strip()


def _here(template: str, finding: Finding) -> str:
    if finding.start is None or finding.end is None:
        return ""
    return " ".join(template[finding.start : finding.end].split())


def _locked(subject: str, words: str, channel: Channel) -> str:
    if channel is Channel.VOICE:
        return "Missed call"
    shown = " ".join(f"{subject}. {words}".split()) if channel is Channel.EMAIL and subject else " ".join(words.split())
    return shown if len(shown) <= SEEN_ON_A_LOCKED_PHONE else f"{shown[:SEEN_ON_A_LOCKED_PHONE].rstrip()}…"
