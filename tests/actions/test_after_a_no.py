"""After a provider's no the next channel carries the message, or a person is asked; nobody hears it twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from afterglow.actions.claim_touches import claim_touches
from afterglow.actions.lane import TOO_LATE
from afterglow.actions.record_outcomes import record_outcomes
from afterglow.channels.contract import Accepted, Outcome, Refused, Unknown
from afterglow.models import AddressFault, Attempt, Consent, Message, MessageEvent, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from tests.actions.providers import (
    MAIL,
    NOON,
    TAKEN,
    Provider,
    check_ins,
    next_due,
    practice_with_check_ins,
    rows,
    send,
    states,
    tasks,
)

pytestmark = pytest.mark.django_db
LANDLINE = Refused("invalid_address", "21614", "not a mobile number")
NOT_REACHED = Refused("unavailable", "ClientConnectorError", "nothing left")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def practice_id() -> int:
    """Rosa has a phone and a mailbox, and a check-in due."""
    return practice_with_check_ins(1, is_mailed=True)


def mailbox(outcome: Outcome = TAKEN) -> Provider:
    return Provider(outcome=outcome, capabilities=MAIL)


def test_a_text_to_a_landline_becomes_an_e_mail_and_the_number_is_remembered(practice_id: int) -> None:
    texts, mail = Provider(outcome=LANDLINE), mailbox()
    send(practice_id, sms=texts, email=mail)
    send(practice_id, sms=texts, email=mail)

    assert (len(texts.sent), len(mail.sent)) == (1, 1)
    [touch] = check_ins(practice_id)
    assert touch.state == "sent"
    assert "; e-mail because the text could not be sent (the number is no mobile number)" in touch.reason
    with practice_scope(practice_id):
        fault = AddressFault.objects.get(practice=practice_id)
        assert (fault.channel, fault.address, fault.kind) == ("sms", texts.sent[0].to, "invalid_address")


def test_a_number_known_to_be_dead_is_never_texted_again(practice_id: int) -> None:
    texts, mail = Provider(outcome=LANDLINE), mailbox()
    send(practice_id, sms=texts, email=mail)
    with practice_scope(practice_id):  # as if this no had been about another message to the same number
        Attempt.objects.filter(practice=practice_id).delete()
    send(practice_id, sms=texts, email=mail)

    assert (len(texts.sent), len(mail.sent)) == (1, 1)


def test_a_text_that_the_provider_does_not_like_says_nothing_about_the_number(practice_id: int) -> None:
    texts, mail = Provider(outcome=Refused("content", "21617", "too long")), mailbox()
    send(practice_id, sms=texts, email=mail)
    send(practice_id, sms=texts, email=mail)

    assert (len(texts.sent), len(mail.sent)) == (1, 1)
    with practice_scope(practice_id):
        assert not AddressFault.objects.filter(practice=practice_id).exists()


def test_an_opt_out_that_only_the_provider_knew_ends_texts_and_the_check_in_goes_by_mail(practice_id: int) -> None:
    texts, mail = Provider(outcome=Refused("opted_out", "21610", "stopped")), mailbox()
    send(practice_id, sms=texts, email=mail)
    send(practice_id, sms=texts, email=mail)

    assert states(practice_id) == ["sent"]
    assert len(mail.sent) == 1
    with practice_scope(practice_id):
        said = Consent.objects.filter(practice=practice_id, address=texts.sent[0].to, status="revoked")
        assert set(said.values_list("channel", flat=True)) == {"sms", "voice"}


def test_an_opt_out_from_mail_is_no_opt_out_from_texts(practice_id: int) -> None:
    texts, mail = Provider(outcome=LANDLINE), mailbox(Refused("opted_out", "suppressed", "unsubscribed"))
    for _ in range(3):
        send(practice_id, sms=texts, email=mail)

    with practice_scope(practice_id):
        assert not Consent.objects.filter(practice=practice_id, status="revoked").exists()
        assert set(AddressFault.objects.values_list("channel", flat=True)) == {"sms", "email"}


def test_when_every_channel_has_said_no_a_person_is_asked_with_every_reason(practice_id: int) -> None:
    texts, mail = Provider(outcome=LANDLINE), mailbox(Refused("content", "550", "rejected"))
    for _ in range(4):
        send(practice_id, sms=texts, email=mail)

    assert (len(texts.sent), len(mail.sent)) == (1, 1)
    assert states(practice_id) == ["failed"]
    [(kind, reason)] = tasks(practice_id)
    assert kind == "call"
    assert reason == (
        "Please check in by phone. The text could not be sent (the number is no mobile number); "
        "the e-mail could not be sent (the mail service does not let this e-mail through)."
    )


def test_what_may_have_arrived_is_not_repeated_by_another_channel(practice_id: int) -> None:
    texts, mail = Provider(outcome=Unknown("TimeoutError")), mailbox()
    for minutes in range(3):
        send(practice_id, at=NOON + minutes * MINUTE, sms=texts, email=mail)

    assert (len(texts.sent), len(mail.sent)) == (1, 0)
    assert states(practice_id) == ["sending"]


def test_a_text_that_is_reported_undelivered_becomes_an_e_mail(practice_id: int) -> None:
    texts, mail = Provider(), mailbox()
    send(practice_id, sms=texts, email=mail)
    _report_undelivered(practice_id, kind="content")
    send(practice_id, sms=texts, email=mail)

    assert (len(texts.sent), len(mail.sent)) == (1, 1)
    assert "e-mail because the text did not arrive (the carrier filtered it)" in check_ins(practice_id)[0].reason


def test_a_phone_that_was_off_gets_one_more_text_an_hour_later_and_then_an_e_mail(practice_id: int) -> None:
    texts, mail = Provider(), mailbox()
    send(practice_id, sms=texts, email=mail)
    _report_undelivered(practice_id, kind="unavailable")
    send(practice_id, sms=texts, email=mail)
    assert next_due(practice_id) == NOON + 60 * MINUTE
    send(practice_id, at=NOON + 60 * MINUTE, sms=texts, email=mail)
    assert (len(texts.sent), len(mail.sent)) == (2, 0)

    _report_undelivered(practice_id, kind="unavailable")
    send(practice_id, at=NOON + 62 * MINUTE, sms=texts, email=mail)
    assert (len(texts.sent), len(mail.sent)) == (2, 1)


def test_a_provider_out_of_reach_is_tried_again_each_time_later(practice_id: int) -> None:
    texts, mail = Provider(outcome=NOT_REACHED), mailbox()
    now, pauses = NOON, []
    for _ in range(4):
        send(practice_id, at=now, sms=texts, email=mail)
        pauses.append(next_due(practice_id) - now)
        now = next_due(practice_id)

    assert (len(texts.sent), len(mail.sent)) == (4, 0)
    for pause, minutes in zip(pauses, (1, 2, 5, 10), strict=True):
        assert minutes * MINUTE <= pause <= minutes * MINUTE * 1.25
    assert "next try" in check_ins(practice_id)[0].reason
    texts.outcome = Accepted("SM1")
    send(practice_id, at=now, sms=texts, email=mail)
    assert states(practice_id) == ["sent"]


def test_the_pause_that_a_provider_asks_for_is_kept(practice_id: int) -> None:
    texts = Provider(outcome=replace(NOT_REACHED, kind="rate", retry_after=timedelta(seconds=9, minutes=0)))
    send(practice_id, sms=texts)
    assert next_due(practice_id) >= NOON + MINUTE

    with practice_scope(practice_id):
        Touch.objects.filter(practice=practice_id, state="planned").update(due_at=NOON + 2 * MINUTE)
    texts.outcome = replace(NOT_REACHED, kind="rate", retry_after=timedelta(minutes=20))
    send(practice_id, at=NOON + 2 * MINUTE, sms=texts)
    send(practice_id, at=NOON + 2 * MINUTE, sms=texts)
    assert len(texts.sent) == 2
    assert next_due(practice_id) == NOON + 22 * MINUTE


def test_a_message_whose_time_ends_before_the_next_try_goes_by_another_channel(practice_id: int) -> None:
    texts, mail = Provider(outcome=NOT_REACHED), mailbox()
    [touch] = check_ins(practice_id)
    late = touch.valid_until - timedelta(seconds=30)
    with practice_scope(practice_id):
        Touch.objects.filter(pk=touch.pk).update(due_at=late, valid_until=late + timedelta(seconds=30))
    send(practice_id, at=late, sms=texts, email=mail)
    send(practice_id, at=late, sms=texts, email=mail)

    assert (len(texts.sent), len(mail.sent)) == (1, 1)


def test_a_message_found_too_late_is_expired_and_says_so(practice_id: int) -> None:
    [touch] = check_ins(practice_id)
    send(practice_id, at=touch.valid_until + MINUTE, sms=Provider())

    assert states(practice_id) == ["expired"]
    assert tasks(practice_id) == [("call", "Please check in by phone. The message could not go out in time.")]


def test_a_text_dies_in_its_providers_queue_before_the_evening_and_an_e_mail_does_not(practice_id: int) -> None:
    texts, mail = Provider(outcome=LANDLINE), mailbox()
    send(practice_id, sms=texts, email=mail)
    send(practice_id, sms=texts, email=mail)

    [touch] = check_ins(practice_id)
    assert texts.sent[0].expires_at == NOON.replace(hour=0, minute=59) + timedelta(days=1)  # 7:59 pm at the practice
    assert mail.sent[0].expires_at == touch.valid_until


def test_nobody_is_asked_twice_for_an_address_that_is_not_there() -> None:
    practice_id = practice_with_check_ins(1)
    with practice_scope(practice_id):
        [touch] = Touch.objects.filter(practice=practice_id, function="check_in")
        touch.client.phone = ""
        touch.client.save(update_fields=["phone"])
    send(practice_id, sms=Provider())
    with practice_scope(practice_id):  # another message of the same client
        Touch.objects.filter(pk=touch.pk).update(state="planned", ended_at=None)
    send(practice_id, sms=Provider())

    [(_, reason)] = tasks(practice_id)
    assert reason.startswith("There is no phone number and no e-mail address on file")


def test_a_message_that_waited_too_long_for_its_turn_leaves_no_line_in_a_clients_history(practice_id: int) -> None:
    claim = claim_touches(practice_id=practice_id, channels=frozenset({Channel.SMS}), now=NOON, public_url="", limit=10)
    assert rows(practice_id) == (1, 1)
    record_outcomes(practice_id=practice_id, outcomes=[(i, TOO_LATE) for i in claim.intents], now=NOON)

    assert rows(practice_id) == (0, 0)
    assert states(practice_id) == ["planned"]


def _report_undelivered(practice_id: int, *, kind: str) -> None:
    """As a provider's report leaves it."""
    with practice_scope(practice_id):
        attempt = Attempt.objects.filter(practice=practice_id, channel="sms", state="accepted").get()
        attempt.state, attempt.detail = Attempt.State.UNDELIVERED, "the carrier filtered it"
        attempt.finished_at = attempt.started_at
        attempt.save()
        Message.objects.filter(pk=attempt.message_id).update(status="failed")
        MessageEvent.objects.create(
            practice_id=practice_id,
            message_id=attempt.message_id,
            kind="undelivered",
            detail=f"{kind}:30003",
            at=attempt.started_at,
        )
        Touch.objects.filter(practice=practice_id, state="sent").update(state="planned", ended_at=None)
