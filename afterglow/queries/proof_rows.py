"""The rows that the proofs of many messages are made from: a fixed number of queries for any number of messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Q

from afterglow.models import (
    Attempt,
    Consent,
    ConsentText,
    LedgerEntry,
    Message,
    MessageEvent,
    Plan,
    Practice,
    ProtocolVersion,
    SenderAccount,
    Touch,
)
from afterglow.models.practice_facts import protocols_by_id
from afterglow.rules.protocol import Protocol, Step

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What the messages of a batch share."""

    plans: Mapping[int, Plan]
    versions: Mapping[int, ProtocolVersion]
    protocols: Mapping[int, Protocol]
    calls: Mapping[int, Sequence[Attempt]]
    events: Mapping[int, Sequence[MessageEvent]]
    said: Mapping[str, Sequence[Consent]]  # by address, oldest first
    noted: Mapping[int, Consent]  # by id, what was noted with the messages and is still there
    entries: Mapping[int, LedgerEntry]  # by the id of the consent they prove
    wordings: Mapping[str, ConsentText]
    providers: Mapping[str, str]

    def version_of(self, touch: Touch | None) -> ProtocolVersion | None:
        plan = self.plans.get(touch.plan_id) if touch else None
        return self.versions.get(plan.protocol_id) if plan else None

    def step_of(self, touch: Touch | None) -> Step | None:
        version = self.version_of(touch)
        return self.protocols[version.pk].step(touch.step) if touch and version else None

    def consent_for(
        self, message: Message, needed: tuple[str, str] | None, *, noted: int | None
    ) -> tuple[Consent | None, bool]:
        """The grant that a message stood on, and whether it had to be looked for because none was noted with it.

        None of a client who was erased: what is left is the entry in the ledger.
        """
        if noted is not None:
            return self.noted.get(noted), False
        before = [c for c in self._about(message, needed) if c.at <= message.at]
        is_standing = bool(before) and before[-1].status == Consent.Status.GRANTED
        return (before[-1] if is_standing else None), True

    def ended_after(self, message: Message, needed: tuple[str, str] | None) -> Consent | None:
        """The first word after the message that ended what it had stood on."""
        revoked = (c for c in self._about(message, needed) if c.status == Consent.Status.REVOKED)
        return next((c for c in revoked if c.at > message.at), None)

    def _about(self, message: Message, needed: tuple[str, str] | None) -> Iterable[Consent]:
        said = self.said.get(message.address, ())
        of_client = (c for c in said if c.client_id in (None, message.client_id))
        return [c for c in of_client if (c.channel, c.purpose) == needed]


def shelf_of(practice: Practice, messages: Sequence[Message], *, noted: Collection[int]) -> Shelf:
    """Everything that the proofs of these messages need. `noted`: the consents that were noted with them."""
    touches = [m.touch for m in messages if m.touch]
    plans = {p.pk: p for p in Plan.objects.filter(practice=practice, pk__in={t.plan_id for t in touches})}
    version_ids = {p.protocol_id for p in plans.values()}
    ids = [m.pk for m in messages]
    at_them = Q(address__in={m.address for m in messages if m.address})
    said = Consent.objects.filter(at_them | Q(pk__in=noted), practice=practice)
    consents = list(said.order_by("at", "pk"))
    entries = list(LedgerEntry.objects.filter(practice=practice, pk__in={*noted, *(c.pk for c in consents)}))
    digests = {c.text_digest for c in consents} | {e.text_digest for e in entries}
    return Shelf(
        plans=plans,
        versions={v.pk: v for v in ProtocolVersion.objects.filter(practice=practice, pk__in=version_ids)},
        protocols=protocols_by_id(practice, version_ids),
        calls=_grouped(Attempt.objects.filter(practice=practice, message__in=ids).order_by("pk"), "message_id"),
        events=_grouped(MessageEvent.objects.filter(practice=practice, message__in=ids).order_by("at"), "message_id"),
        said=_grouped(consents, "address"),
        noted={c.pk: c for c in consents if c.pk in noted},
        entries={e.pk: e for e in entries},
        wordings={t.digest: t for t in ConsentText.objects.filter(practice=practice, digest__in=digests)},
        providers=dict(SenderAccount.objects.filter(practice=practice).values_list("channel", "provider")),
    )


def _grouped(rows: Iterable[Row], by: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, by)].append(row)
    return found
