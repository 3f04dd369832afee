"""The canonical form of an entry is what any other program makes of the same columns."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.ledger import Statement, address_digest_of, digest_of, private_part

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 — its zone is drawn beside it
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-11, 13).map(lambda hours: timezone(timedelta(hours=hours))),
)
STATEMENTS = st.builds(
    Statement,
    practice=st.integers(1, 2**40),
    subject=st.uuids(),
    channel=WORDS,
    purpose=WORDS,
    status=WORDS,
    source=WORDS,
    text_digest=WORDS,
    address_digest=WORDS,
    at=MOMENTS,
    recorded_at=MOMENTS,
)


def as_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(STATEMENTS)
def test_a_statement_is_plain_canonical_json_in_utc(said: Statement) -> None:
    told = {
        name: str(value)
        if isinstance(value, UUID)
        else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
        if isinstance(value, datetime)
        else value
        for name, value in said._asdict().items()
    }
    assert said.canonical() == as_json(told)


@given(STATEMENTS, st.integers(1, 2**60), st.integers(1, 2**60), WORDS, st.binary(max_size=40))
def test_the_digest_covers_the_statement_its_place_and_the_sealed_bytes(
    said: Statement, pk: int, number: int, previous: str, sealed: bytes
) -> None:
    form = {
        "id": pk,
        "number": number,
        "previous": previous,
        "sealed": hashlib.sha256(sealed).hexdigest(),
        "statement": json.loads(said.canonical()),
    }
    expected = hashlib.sha256(as_json(form).encode()).hexdigest()
    assert digest_of(said.canonical(), id=pk, number=number, previous=previous, sealed=sealed) == expected


@given(WORDS, st.none() | st.integers(1), WORDS)
def test_what_is_sealed_is_json_too(address: str, client: int | None, evidence: str) -> None:
    sealed = private_part(address=address, client=client, evidence=evidence, recorded_by="kit", ip="", agent="")
    assert json.loads(sealed) == {
        "address": address,
        "client": client,
        "evidence": evidence,
        "recorded_by": "kit",
        "ip": "",
        "agent": "",
    }


def test_a_mailbox_has_one_digest_however_it_is_written_and_another_in_every_practice() -> None:
    ours, theirs = b"o" * 32, b"t" * 32
    assert address_digest_of(" Rosa@Example.test", key=ours) == address_digest_of("rosa@example.test", key=ours)
    assert address_digest_of("rosa@example.test", key=ours) != address_digest_of("rosa@example.test", key=theirs)
