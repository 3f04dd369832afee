"""Keep a scan that proves a consent, readable only with its client's own key; and show it, never unnoticed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from afterglow.actions.note_look import note_look
from afterglow.actions.read_scan import Scan
from afterglow.actions.subject_keys import key_of_client
from afterglow.config.sealing import open_with, seal_with
from afterglow.config.secrets import SealBroken
from afterglow.models import Evidence
from afterglow.models.ledger_keys import known_subjects
from afterglow.models.scope import practice_scope

_ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}  # all that `read_scan` lets through


class EvidenceGone(Exception):
    """The scan was erased with its client, or its time is over."""


@dataclass(frozen=True, slots=True)
class OpenedScan:
    content: bytes
    content_type: str

    @property
    def ending(self) -> str:
        """How the name of its file ends."""
        return _ENDINGS[self.content_type]


def keep_evidence(*, practice_id: int, client_id: int, scan: Scan, title: str, by: str, now: datetime) -> int:
    """The id of the kept scan. Inside a practice scope and late in it: a client's first key locks the ledger's head."""
    subject = key_of_client(practice_id=practice_id, client_id=client_id, now=now)
    kept = Evidence.objects.create(
        practice_id=practice_id,
        client_id=client_id,
        subject=subject.id,
        title=title,
        content_type=scan.content_type,
        digest=scan.digest,
        sealed=seal_with(subject.key, scan.content, about=_about(subject.id, scan.digest)),
        added_at=now,
        added_by=by,
    )
    return kept.pk


def open_evidence(*, practice_id: int, client_id: int, evidence_id: int, by: str, now: datetime) -> OpenedScan:
    """The scan again; that it was looked at is kept. Raises Evidence.DoesNotExist, EvidenceGone."""
    with practice_scope(practice_id):
        kept = Evidence.objects.get(practice=practice_id, client=client_id, pk=evidence_id)
        subject = known_subjects(practice_id, [client_id]).get(client_id)
        if kept.sealed is None or subject is None or subject.id != kept.subject:
            raise EvidenceGone(EvidenceGone.__doc__)
        try:
            content = open_with(subject.key, kept.sealed, about=_about(kept.subject, kept.digest))
        except SealBroken as error:
            raise EvidenceGone(EvidenceGone.__doc__) from error
        note_look(practice_id=practice_id, kind="evidence", object_id=evidence_id, client_id=client_id, by=by, now=now)
        return OpenedScan(content, kept.content_type)


def _about(subject: UUID, digest: str) -> bytes:
    """A sealed scan that was moved to another client, or to another digest, does not open."""
    return f"scan {digest} of {subject}".encode()
