"""What clients do with a message is kept with it; spam and unsubscriptions end the consent of their address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from afterglow.actions.record_reactions import record_reactions
from afterglow.channels.receipts import Reaction, ReactionKind
from afterglow.models import Attempt, Client, Consent, Message, MessageEvent, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from bench.practices import practice_with_due_check_ins
from tests.actions.providers import ACCOUNT, NOON
from tests.messages import sent_message

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)
ROSA = "Rosa@example.test"


@pytest.fixture
def practice_id() -> int:
    """Rosa, to whom an e-mail was sent."""
    practice_id = practice_with_due_check_ins(clients=1, config=ACCOUNT, now=NOON)
    with practice_scope(practice_id):
        Client.objects.filter(practice=practice_id).update(email=ROSA)
        touch = Touch.objects.filter(practice=practice_id).earliest("planned_at")
        sent_message(
            touch,
            channel="email",
            address=ROSA,
            status=Message.Status.ACCEPTED,
            at=NOON,
            provider_id="E-1",
            token="t-1",
            state=Attempt.State.ACCEPTED,
        )
    return practice_id


def reacted(
    practice_id: int,
    kind: ReactionKind,
    *,
    channel: Channel = Channel.EMAIL,
    token: str = "",
    provider_id: str = "",
    address: str = "",
) -> int:
    """How many of the reactions fit nothing."""
    reaction = Reaction(kind=kind, token=token, provider_id=provider_id, address=address)
    left = record_reactions(practice_id=practice_id, channel=channel, reactions=[reaction, reaction], now=LATER)
    return len(left)


def revoked(practice_id: int) -> list[tuple[str, str]]:
    with practice_scope(practice_id):
        ended = Consent.objects.filter(practice=practice_id, status=Consent.Status.REVOKED)
        return sorted(ended.values_list("address", "purpose"))


def test_a_click_is_kept_once_with_its_message_by_whatever_id_it_is_told(practice_id: int) -> None:
    assert reacted(practice_id, ReactionKind.CLICKED, token="t-1") == 0
    assert reacted(practice_id, ReactionKind.CLICKED, provider_id="E-1") == 0
    assert reacted(practice_id, ReactionKind.CLICKED, address="rosa@example.test") == 0

    with practice_scope(practice_id):
        assert list(MessageEvent.objects.filter(practice=practice_id).values_list("kind", flat=True)) == ["clicked"]
    assert revoked(practice_id) == []


def test_who_calls_it_spam_gets_no_more_e_mail_of_any_kind(practice_id: int) -> None:
    for _ in range(2):
        reacted(practice_id, ReactionKind.COMPLAINED, token="t-1")

    assert revoked(practice_id) == [(ROSA, "appointment"), (ROSA, "care"), (ROSA, "marketing")]


def test_who_unsubscribes_at_the_provider_gets_no_more_marketing(practice_id: int) -> None:
    reacted(practice_id, ReactionKind.UNSUBSCRIBED, token="t-1")

    assert revoked(practice_id) == [(ROSA, "marketing")]


def test_an_address_alone_is_enough_however_it_is_written(practice_id: int) -> None:
    with practice_scope(practice_id):
        Message.objects.filter(practice=practice_id).update(at=NOON - timedelta(days=90))

    assert reacted(practice_id, ReactionKind.UNSUBSCRIBED, address="rosa@EXAMPLE.test") == 0
    assert revoked(practice_id) == [(ROSA, "marketing")]


def test_a_reaction_to_something_that_is_not_ours_is_handed_back(practice_id: int) -> None:
    assert reacted(practice_id, ReactionKind.CLICKED, provider_id="E-9") == 1
    assert revoked(practice_id) == []


def test_an_opt_out_from_calls_ends_calls_and_texts_to_the_number(practice_id: int) -> None:
    reacted(practice_id, ReactionKind.UNSUBSCRIBED, channel=Channel.VOICE, address="+12075550111")

    assert {purpose for _, purpose in revoked(practice_id)} == {"care", "appointment", "marketing", "voice"}
