"""Why a message was allowed: who sent what to whom, when, on what consent, at what local time, by which rules.

Built from what was stored when it was decided. Where an older message lacks that, it is worked out from rows that are
only ever added to, and the proof says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db.models import QuerySet

from afterglow.models import Client, Consent, LedgerEntry, Message, Notice, Practice
from afterglow.models.standing import recipient_of
from afterglow.queries.proof_rows import Shelf, shelf_of
from afterglow.queries.words import CHANNELS, FUNCTIONS, notice_label, purpose_label
from afterglow.rules.facts import Channel, Purpose
from afterglow.rules.lawful_basis import Basis, Place, RuleApplied, places_of, rules_applied

BATCH = 500
NEEDS_NONE = "E-mail about care needs an address only; it advertises nothing."
ASKED_FOR = "It answers what the client wrote or asked for."
AT_ANY_HOUR = "an answer to somebody who has just written or asked goes at once, at any hour"
_OF_NOTICE = {Notice.State.SENDING: "intent", Notice.State.SENT: "accepted", Notice.State.FAILED: "refused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentProof:
    """The entry of the ledger that allowed a message, with the words that were agreed to."""

    number: int | None  # of the entry; None: recorded before the ledger began
    purpose: str
    said_at: datetime
    recorded_at: datetime | None
    source: str
    evidence: str  # empty: the client was erased, and with the key what it could tell
    recorded_by: str
    wording: str
    wording_version: int | None
    entry_digest: str
    is_worked_out: bool  # found afterwards in the ledger, not stored with the message


@dataclass(frozen=True, slots=True, kw_only=True)
class CallProof:
    """One call to the provider and its answer."""

    began_at: datetime
    ended_at: datetime | None
    answer: str
    provider_id: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One thing that the provider told about the message afterwards."""

    kind: str
    at: datetime
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Everything about one message that went out."""

    message_id: int
    practice_name: str
    practice_zone: str
    client_id: int | None
    client_name: str
    channel: str
    address: str
    subject: str
    text: str
    text_digest: str  # SHA-256 of subject and text, so that a copy can be compared
    at: datetime
    status: str
    function: str
    reason: str
    visit_on: str
    protocol: str
    protocol_digest: str
    step: str
    purpose: str
    consent: ConsentProof | None
    why_no_consent: str  # said when none was needed
    places: Sequence[Place]
    rules: Sequence[RuleApplied]
    rules_version: str
    is_worked_out: bool  # place and rules were found afterwards, not stored with the message
    calls: Sequence[CallProof]
    reports: Sequence[Report]
    provider: str
    ended_by: ConsentProof | None  # the first revocation after it


def proof_of(practice: Practice, message_id: int) -> Proof:
    """The proof of one message that went out. Raises Message.DoesNotExist."""
    message = _sent(practice).get(pk=message_id)
    return next(_proofs(practice, [message]))


def proofs(practice: Practice, *, from_at: datetime, until_at: datetime) -> Iterator[Proof]:
    """The proofs of every message of a period in the order of time. Memory stays flat."""
    rows = _sent(practice).filter(at__gte=from_at, at__lt=until_at).order_by("at", "pk")
    last: Message | None = None
    while True:
        later = rows if last is None else rows.filter(at__gte=last.at).exclude(at=last.at, pk__lte=last.pk)
        batch = list(later[:BATCH])
        if not batch:
            return
        yield from _proofs(practice, batch)
        last = batch[-1]


def count_proofs(practice: Practice, *, from_at: datetime, until_at: datetime) -> int:
    """How many messages went out in a period."""
    return _sent(practice).filter(at__gte=from_at, at__lt=until_at).count()


def _sent(practice: Practice) -> QuerySet[Message]:
    sent = Message.objects.filter(practice=practice, direction=Message.Direction.OUT)
    return sent.select_related("client", "touch", "notice")


def _proofs(practice: Practice, messages: Sequence[Message]) -> Iterator[Proof]:
    bases = [Basis.read(m.basis) if m.basis else _basis_now(practice, m.client) for m in messages]
    shelf = shelf_of(practice, messages, noted={basis.consent for basis in bases if basis.consent is not None})
    return (_proof(practice, message, basis, shelf) for message, basis in zip(messages, bases, strict=True))


def _proof(practice: Practice, message: Message, basis: Basis, shelf: Shelf) -> Proof:
    touch, client = message.touch, message.client
    step = shelf.step_of(touch)
    channel = Channel(message.channel)
    needed = _needed(channel, step.purpose if step else None)
    consent = _allowed_by(message, needed, basis, shelf)
    version = shelf.version_of(touch)
    return Proof(
        message_id=message.pk,
        practice_name=practice.name,
        practice_zone=basis.practice_zone,
        client_id=client.pk if client else None,
        client_name=client.name if client else "",
        channel=CHANNELS[channel.value],
        address=message.address,
        subject=message.subject,
        text=message.body,
        text_digest=sha256(f"{message.subject}\n{message.body}".encode()).hexdigest(),
        at=message.at,
        status=message.status,
        function=FUNCTIONS[touch.function] if touch else notice_label(message.notice.kind if message.notice else ""),
        reason=touch.reason if touch else AT_ANY_HOUR,
        visit_on=touch.visit_on.isoformat() if touch else "",
        protocol=f"{version.key}, version {version.version}" if version else "",
        protocol_digest=sha256(version.text.encode()).hexdigest() if version else "",
        step=touch.step if touch else "",
        purpose=purpose_label(*needed) if needed else "",
        consent=consent,
        why_no_consent="" if consent or needed else NEEDS_NONE if touch else ASKED_FOR,
        places=places_of(basis, at=message.at),
        rules=rules_applied(basis, at=message.at, channel=channel) if touch else (),
        rules_version=basis.rules,
        is_worked_out=not message.basis,
        calls=_calls(message, shelf),
        reports=[Report(kind=e.kind, at=e.at, detail=e.detail) for e in shelf.events.get(message.pk, ())],
        provider=shelf.providers.get(message.channel, ""),
        ended_by=_consent(ended, shelf, is_found=True) if (ended := shelf.ended_after(message, needed)) else None,
    )


def _allowed_by(message: Message, needed: tuple[str, str] | None, basis: Basis, shelf: Shelf) -> ConsentProof | None:
    allowed, is_found = shelf.consent_for(message, needed, noted=basis.consent)
    if allowed:
        return _consent(allowed, shelf, is_found=is_found)
    entry = shelf.entries.get(basis.consent) if basis.consent is not None else None
    return _entry(entry, shelf) if entry else None


def _needed(channel: Channel, purpose: Purpose | None) -> tuple[str, str] | None:
    """The consent that a message of this kind cannot go without; none for an answer, or for a letter about care."""
    if purpose is None:
        return None
    if channel is Channel.VOICE:
        return (channel.value, Purpose.VOICE.value)
    if channel is Channel.EMAIL and purpose is not Purpose.MARKETING:
        return None
    return (channel.value, purpose.value)


def _basis_now(practice: Practice, client: Client | None) -> Basis:
    """What is known today, for a message that was sent before its basis was stored with it."""
    where = recipient_of(client) if client else None
    return Basis(
        area_code=where.area_code if where else None,
        state=where.state if where else None,
        practice_zone=practice.timezone,
        practice_state=practice.state,
        rules="",
        consent=None,
    )


def _consent(consent: Consent, shelf: Shelf, *, is_found: bool) -> ConsentProof:
    entry = shelf.entries.get(consent.pk)
    wording = shelf.wordings.get(consent.text_digest)
    return ConsentProof(
        number=entry.number if entry else None,
        purpose=purpose_label(consent.channel, consent.purpose),
        said_at=consent.at,
        recorded_at=entry.recorded_at if entry else None,
        source=consent.source,
        evidence=consent.evidence,
        recorded_by=consent.recorded_by,
        wording=wording.text if wording else "",
        wording_version=wording.version if wording else None,
        entry_digest=entry.digest if entry else "",
        is_worked_out=is_found,
    )


def _entry(entry: LedgerEntry, shelf: Shelf) -> ConsentProof:
    """What the ledger keeps in the open about a client who was erased."""
    wording = shelf.wordings.get(entry.text_digest)
    return ConsentProof(
        number=entry.number,
        purpose=purpose_label(entry.channel, entry.purpose),
        said_at=entry.at,
        recorded_at=entry.recorded_at,
        source=entry.source,
        evidence="",
        recorded_by="",
        wording=wording.text if wording else "",
        wording_version=wording.version if wording else None,
        entry_digest=entry.digest,
        is_worked_out=False,
    )


def _calls(message: Message, shelf: Shelf) -> Sequence[CallProof]:
    """The attempts of a touch; a notice carries its only call itself."""
    notice = message.notice
    if notice is not None and notice.started_at is not None:
        return [
            CallProof(
                began_at=notice.started_at,
                ended_at=notice.ended_at,
                answer=_OF_NOTICE.get(notice.state, notice.state),
                provider_id=notice.provider_id,
                code=notice.code,
            )
        ]
    return [
        CallProof(
            began_at=call.started_at,
            ended_at=call.finished_at,
            answer=call.state,
            provider_id=call.provider_id,
            code=call.code,
        )
        for call in shelf.calls.get(message.pk, ())
    ]
