"""What lists and databases say about the numbers of clients, and what those clients agreed to from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

from afterglow.models.bulk import Values, fetch_rows
from afterglow.models.consents import Consent
from afterglow.models.limits import NumberCheck
from afterglow.models.practice import Practice
from afterglow.rules.facts import Channel, NumberChecks, Purpose
from afterglow.rules.timing import local_day

UNCHECKED = NumberChecks()
_WORDS = {(c.value, p.value): (c, p) for c in Channel for p in Purpose}


class HasNumber(Protocol):
    @property
    def pk(self) -> int: ...
    @property
    def phone(self) -> str: ...


def number_checks(practice: Practice, clients: Iterable[HasNumber]) -> Mapping[int, NumberChecks]:
    """By client; who is not in it has a number that nothing is known about. Three queries, two where no list is used.

    A consent counts as written when a person recorded it or the exact wording is on record: not when a booking system
    merely says so.
    """
    by_phone: dict[str, list[int]] = defaultdict(list)
    for client in clients:
        if client.phone:
            by_phone[client.phone].append(client.pk)
    said = _by_phone(practice, by_phone)
    lists = NumberCheck.objects.filter(practice=practice, kind=NumberCheck.Kind.DO_NOT_CALL)
    has_lists = any(checks.compared_on for checks in said.values()) or lists.exists()
    if not said and not has_lists:
        return {}
    agreed, written = _consents(practice, by_phone)
    return {
        pk: replace(
            said.get(phone, UNCHECKED),
            has_lists=has_lists,
            agreed_on=agreed.get(pk),
            written=frozenset(written.get(pk, ())),
        )
        for phone, pks in by_phone.items()
        for pk in pks
    }


def _by_phone(practice: Practice, phones: Iterable[str]) -> dict[str, NumberChecks]:
    found: dict[str, NumberChecks] = {}
    checks = NumberCheck.objects.filter(practice=practice, phone__among=Values(phones))
    for phone, kind, answer, on in fetch_rows(checks.values_list("phone", "kind", "answer", "as_of_on")):
        before, is_yes = found.get(phone, UNCHECKED), answer == NumberCheck.Answer.YES.value
        if kind == NumberCheck.Kind.REASSIGNED.value:
            found[phone] = replace(before, reassigned_on=on) if is_yes else before
        elif answer != NumberCheck.Answer.NO_DATA.value:
            found[phone] = replace(before, compared_on=on, is_listed=is_yes)
    return found


def _consents(
    practice: Practice, by_phone: Mapping[str, list[int]]
) -> tuple[dict[int, date], dict[int, set[tuple[Channel, Purpose]]]]:
    """By client the day of the newest consent from the number, and the standing ones that are written."""
    agreed: dict[int, date] = {}
    written: dict[int, set[tuple[Channel, Purpose]]] = defaultdict(set)
    rows = Consent.objects.filter(practice=practice, address__among=Values(by_phone)).order_by("at", "pk")
    for said_by, phone, channel, purpose, status, at, by, digest in fetch_rows(
        rows.values_list("client_id", "address", "channel", "purpose", "status", "at", "recorded_by", "text_digest")
    ):
        for pk in by_phone[phone]:
            if said_by not in (None, pk):
                continue
            if status != Consent.Status.GRANTED.value:
                written[pk].discard(_WORDS[channel, purpose])
                continue
            agreed[pk] = local_day(at, practice.timezone)
            if by or digest:
                written[pk].add(_WORDS[channel, purpose])
    return agreed, written
