"""Everything that counsel needs about a period in one file: each message with its proof, and the whole ledger."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from afterglow.models import ConsentText, LedgerEntry, Practice
from afterglow.queries.proof import Proof, proofs
from afterglow.queries.proof_paper import as_data

SHEET = ("message_id", "sent_at", "channel", "to", "function", "status", "reason", "consent_entry", "consent_said_at")
README = """\
Messages of {practice} from {from_at} until {until_at}, made {made_at}.

messages.jsonl   every message that went out, one JSON object a line: text, recipient, consent with its wording,
                 local time at every place the recipient may have been, the rules that applied, the provider's answers
messages.csv     the same in short, for a spreadsheet
wordings.jsonl   every wording that clients agreed to, with its SHA-256
ledger.jsonl     the whole ledger of consents and revocations. Each entry holds the digest of the one before it, so a
                 changed, removed or inserted entry breaks the chain. Who an entry is about is sealed; `ledger show`
                 opens it for those who may. `afterglow ledger verify` checks the chain in the database itself.

{count} messages. Last ledger entry: {head}.
"""


def write_bundle(
    practice: Practice,
    out: IO[bytes],
    *,
    from_at: datetime,
    until_at: datetime,
    made_at: datetime,
    on_progress: Callable[[int], None] = lambda _: None,
) -> int:
    """How many messages are in the ZIP archive written to `out`. Memory stays flat, however long the period."""
    count = 0
    with _scratch() as sheet, ZipFile(out, "w", ZIP_DEFLATED) as archive:
        writer = csv.writer(sheet)
        writer.writerow(SHEET)
        with archive.open("messages.jsonl", "w", force_zip64=True) as file:
            for proof in proofs(practice, from_at=from_at, until_at=until_at):
                file.write(_line(as_data(proof)))
                writer.writerow(_in_short(proof))
                count += 1
                on_progress(count)
        sheet.seek(0)
        with archive.open("messages.csv", "w", force_zip64=True) as file:
            file.writelines(line.encode() for line in sheet)
        head = LedgerEntry.objects.filter(practice=practice).order_by("number").last()
        _write_lines(archive, "wordings.jsonl", _wordings(practice))
        _write_lines(archive, "ledger.jsonl", _ledger(practice, until=head.number if head else 0))
        archive.writestr(
            "README.txt",
            README.format(
                practice=practice.name,
                from_at=from_at.isoformat(),
                until_at=until_at.isoformat(),
                made_at=made_at.isoformat(),
                count=f"{count:,}",
                head=f"{head.number}:{head.digest}" if head else "none",
            ),
        )
    return count


def _scratch() -> IO[str]:
    """A file that is gone when it is closed, for what cannot be written to the archive line by line."""
    return TemporaryFile("w+", encoding="utf-8", newline="")


def _in_short(proof: Proof) -> tuple[object, ...]:
    consent = proof.consent
    said_at = consent.said_at.isoformat() if consent else ""
    return (
        proof.message_id,
        proof.at.isoformat(),
        proof.channel,
        _literal(proof.address) if "@" in proof.address else proof.address,
        proof.function,
        proof.status,
        _literal(proof.reason),
        consent.number if consent else "",
        said_at,
    )


def _literal(text: str) -> str:
    """A spreadsheet must not read a text as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _wordings(practice: Practice) -> Iterator[dict[str, Any]]:
    for text in ConsentText.objects.filter(practice=practice).order_by("purpose", "language", "version"):
        yield {
            "purpose": text.purpose,
            "language": text.language,
            "version": text.version,
            "text": text.text,
            "digest": text.digest,
            "created_at": text.created_at.isoformat(),
            "created_by": text.created_by,
        }


def _ledger(practice: Practice, *, until: int) -> Iterator[dict[str, Any]]:
    entries = LedgerEntry.objects.filter(practice=practice, number__lte=until).order_by("number")
    for entry in entries.iterator(chunk_size=1_000):
        yield {
            "number": entry.number,
            "subject": str(entry.subject),
            "channel": entry.channel,
            "purpose": entry.purpose,
            "status": entry.status,
            "source": entry.source,
            "text_digest": entry.text_digest,
            "address_digest": entry.address_digest,
            "at": entry.at.isoformat(),
            "recorded_at": entry.recorded_at.isoformat(),
            "sealed_sha256": sha256(entry.sealed).hexdigest(),
            "previous": entry.previous,
            "digest": entry.digest,
        }


def _write_lines(archive: ZipFile, name: str, rows: Iterable[dict[str, Any]]) -> None:
    with archive.open(name, "w", force_zip64=True) as file:
        for row in rows:
            file.write(_line(row))


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
