"""A proof as people read it: sentences for the page, a typeset PDF, and plain data for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import typst

from afterglow.queries.proof import CallProof, ConsentProof, Proof
from afterglow.queries.timeline_entries import STATUSES
from afterglow.rules.lawful_basis import RuleApplied
from afterglow.rules.state_rules import rules_version

_ANSWERS = {
    "intent": "no answer yet",
    "accepted": "accepted",
    "refused": "refused",
    "unknown": "no answer; asked for later",
    "absent": "never received",
    "undelivered": "accepted, not delivered",
}
ERASED = "Erased with the client."
MISSING = "No consent for this is on record. Please look into it."
WORKED_OUT = "Found afterwards in the records: nothing was noted with the message itself."


def as_data(proof: Proof) -> dict[str, Any]:
    """The proof for programs: moments in ISO 8601 with their offset, nothing shortened."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(proof), default=_plain))
    return plain


def as_words(proof: Proof, *, made_at: datetime) -> dict[str, Any]:
    """The proof in sentences and local times, the same on the page and on paper."""
    zone = ZoneInfo(proof.practice_zone)
    return {
        "message_id": proof.message_id,
        "made_at": _moment(made_at, zone),
        "practice_name": proof.practice_name,
        "to": ", ".join(filter(None, (proof.client_name, proof.address)))
        if proof.address
        else "a client who was erased",
        "sent_at": _moment(proof.at, zone),
        "by": f"{proof.channel} through {proof.provider}" if proof.provider else proof.channel,
        "what_for": proof.function + (f", after the visit on {_day(proof.visit_on)}" if proof.visit_on else ""),
        "status": STATUSES.get(proof.status, proof.status),  # type: ignore[call-overload]
        "subject": proof.subject,
        "text": proof.text,
        "text_digest": proof.text_digest,
        "consent": _consent(proof.consent, zone, is_erased=not proof.address) if proof.consent else None,
        "why_no_consent": proof.why_no_consent or (MISSING if proof.address else ERASED),
        "ended": f"This consent was taken back on {_moment(proof.ended_by.said_at, zone)}." if proof.ended_by else "",
        "places": [{"zone": p.zone.replace("_", " "), "local": _clock(p.local)} for p in proof.places],
        "places_note": WORKED_OUT if proof.is_worked_out else "",
        "reason": proof.reason,
        "protocol": f"{proof.protocol}, step {proof.step}" if proof.protocol else "",
        "rules": [_rule(rule) for rule in proof.rules],
        "rules_version": _table(proof.rules_version),
        "calls": [_call(call, zone) for call in proof.calls],
        "reports": [
            {"at": _moment(r.at, zone), "what": r.kind.replace("_", " ") + (f": {r.detail}" if r.detail else "")}
            for r in proof.reports
        ],
    }


def as_pdf(proof: Proof, *, made_at: datetime) -> bytes:
    """The proof on paper. The words travel as data: no text of a client is ever read as markup."""
    source = files("afterglow.library").joinpath("papers/proof.typ").read_bytes()
    words = json.dumps(as_words(proof, made_at=made_at))
    paper: bytes = typst.compile(source, sys_inputs={"proof": words}, ignore_system_fonts=False)
    return paper


def _consent(consent: ConsentProof, zone: ZoneInfo, *, is_erased: bool) -> dict[str, str]:
    wording = f"“{consent.wording}” (version {consent.wording_version})" if consent.wording else ""
    return {
        "purpose": consent.purpose,
        "said_at": _moment(consent.said_at, zone),
        "recorded_at": _moment(consent.recorded_at, zone) if consent.recorded_at else "",
        "source": consent.source.replace("_", " "),
        "evidence": consent.evidence or (ERASED if is_erased else ""),
        "recorded_by": consent.recorded_by,
        "wording": wording,
        "ledger": f"entry {consent.number}, {consent.entry_digest}" if consent.number else "",
        "note": WORKED_OUT if consent.is_worked_out else "",
    }


def _table(decided_by: str) -> str:
    today = rules_version()
    return decided_by if decided_by in ("", today) else f"{decided_by}; the hours above are those of today's, {today}"


def _rule(rule: RuleApplied) -> Mapping[str, str]:
    opens, closes = rule.opens_at, rule.closes_at
    return {
        "who": rule.who[:1].upper() + rule.who[1:],
        "hours": f"{opens:%H:%M} to {closes:%H:%M}" if opens and closes else "closed",
        "source": rule.source,
        "confidence": rule.confidence,
    }


def _call(call: CallProof, zone: ZoneInfo) -> Mapping[str, str]:
    code = f" ({call.code})" if call.code else ""
    return {
        "at": _moment(call.began_at, zone),
        "answer": f"{_ANSWERS.get(call.answer, call.answer)}{code}",
        "provider_id": call.provider_id,
    }


def _moment(at: datetime, zone: ZoneInfo) -> str:
    here = at.astimezone(zone)
    return f"{here:%A} {here.day} {here:%B %Y, %H:%M:%S %Z}"


def _clock(local: datetime) -> str:
    return f"{local:%A} {local:%H:%M %Z}"


def _day(on: str) -> str:
    day = date.fromisoformat(on)
    return f"{day.day} {day:%B %Y}"


def _plain(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    raise TypeError(type(value).__name__)
