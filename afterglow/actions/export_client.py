"""Hand a client's data over as one file, and keep that it was done."""

from __future__ import annotations

import json
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from afterglow.actions.keep_evidence import EvidenceGone, open_evidence
from afterglow.actions.note_look import note_look
from afterglow.config.logs import log
from afterglow.models.scope import practice_scope


def export_client(
    *, practice_id: int, client_id: int, told: dict[str, Any], out: IO[bytes], by: str, now: datetime
) -> None:
    """What is told about a client as a ZIP archive: `client.json`, and each scan as a file.

    A scan that is gone is named in `client.json` with `"file": ""`.
    """
    with practice_scope(practice_id), ZipFile(out, "w", ZIP_DEFLATED) as archive:
        scans = []
        for scan in told["scans"]:
            file = _add_scan(archive, practice_id, client_id, scan["id"], by, now)
            scans.append({**scan, "file": file})
        told = {**told, "scans": scans}
        archive.writestr("client.json", json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        note_look(practice_id=practice_id, kind="export", client_id=client_id, by=by, now=now)
    log("client.exported", practice=practice_id, client=client_id)


def _add_scan(archive: ZipFile, practice_id: int, client_id: int, scan_id: int, by: str, now: datetime) -> str:
    """Its name in the archive, empty when nothing is left of it."""
    try:
        scan = open_evidence(practice_id=practice_id, client_id=client_id, evidence_id=scan_id, by=by, now=now)
    except EvidenceGone:
        return ""
    name = f"scans/{scan_id}.{scan.ending}"
    archive.writestr(name, scan.content)
    return name
