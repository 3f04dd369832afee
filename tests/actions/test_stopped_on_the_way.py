"""Who says stop while a message waits for its turn at the provider does not get it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Thread

from django.db import connection

from afterglow.actions.flag_client import flag_client
from afterglow.actions.revocations_heard import ears
from afterglow.actions.revoke_consents import TEXT_PURPOSES, revoke_at
from afterglow.actions.set_blackouts import add_blackout
from afterglow.channels.contract import Accepted, Outcome, OutgoingMessage
from afterglow.models import Attempt, Client, Concern, Message
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import BanScope, Channel, Purpose
from tests.actions.providers import MAIL, NOON, TEXTS, Provider, check_ins, practice_with_check_ins, send, tasks
from tests.databases import LiveDatabase

SLOWLY = replace(TEXTS, per_second=2.0)  # the second text waits for its turn
ALL_TEXTS, OFFERS = TEXT_PURPOSES, ((Channel.SMS, Purpose.MARKETING),)


def phones(practice_id: int) -> list[str]:
    with practice_scope(practice_id):
        return list(Client.objects.filter(practice=practice_id).order_by("pk").values_list("phone", flat=True))


def stopping(practice_id: int, whats: tuple[tuple[Channel, Purpose], ...]) -> Provider:
    """An account at which, while it takes the first text, everybody else ends these."""

    def revoke(others: list[str]) -> None:
        for phone in others:
            revoke_at(practice_id=practice_id, whats=whats, phone=phone, source="reply", evidence="message 1", now=NOON)

    return meanwhile(practice_id, revoke)


def meanwhile(practice_id: int, happens: Callable[[list[str]], None]) -> Provider:
    """An account at which, while it takes the first text, something happens to everybody else."""

    def elsewhere(others: list[str]) -> None:
        mark = ears().mark()
        with practice_scope(practice_id):
            happens(others)
        connection.close()
        wait_until_heard(mark, practice_id, others[-1])

    def outcome(message: OutgoingMessage) -> Outcome:
        if len(provider.sent) == 1:
            others = [phone for phone in phones_known if phone != message.to]
            thread = Thread(target=elsewhere, args=(others,))
            thread.start()
            thread.join()
        return Accepted(f"SM-{message.token}")

    phones_known = phones(practice_id)
    provider = Provider(outcome=outcome, capabilities=SLOWLY)
    return provider


def wait_until_heard(mark: int, practice_id: int, address: str) -> None:
    deadline = time.monotonic() + 5
    while not ears().is_stopped_since(mark, practice_id=practice_id, address=address):
        assert time.monotonic() < deadline, "nobody heard it"
        time.sleep(0.005)


def states(practice_id: int) -> list[tuple[str, str]]:
    return sorted((touch.state, touch.reason) for touch in check_ins(practice_id))


def test_a_text_that_waits_for_its_turn_stays_and_a_person_checks_in(live_database: LiveDatabase) -> None:
    practice_id = practice_with_check_ins(2)
    provider = stopping(practice_id, ALL_TEXTS)
    send(practice_id, sms=provider)
    send(practice_id, sms=provider)

    assert len(provider.sent) == 1
    (sent, _), (skipped, reason) = states(practice_id)
    assert (skipped, sent) == ("skipped", "sent")
    assert "the client stopped texts on 18 November 2026" in reason
    assert [kind for kind, _ in tasks(practice_id)] == ["call"]


def test_what_never_left_leaves_no_line(live_database: LiveDatabase) -> None:
    practice_id = practice_with_check_ins(2)
    send(practice_id, sms=stopping(practice_id, ALL_TEXTS))

    with practice_scope(practice_id):
        assert Message.objects.filter(practice=practice_id, direction="out").count() == 1
        assert Attempt.objects.filter(practice=practice_id).count() == 1


def test_the_check_in_goes_by_e_mail_instead(live_database: LiveDatabase) -> None:
    practice_id = practice_with_check_ins(2, is_mailed=True)
    provider, mail = stopping(practice_id, ALL_TEXTS), Provider(capabilities=MAIL)
    send(practice_id, sms=provider, email=mail)
    send(practice_id, sms=provider, email=mail)

    assert (len(provider.sent), len(mail.sent)) == (1, 1)
    assert [state for state, _ in states(practice_id)] == ["sent", "sent"]


def test_an_end_of_offers_does_not_keep_back_a_check_in_for_good(live_database: LiveDatabase) -> None:
    practice_id = practice_with_check_ins(2)
    provider = stopping(practice_id, OFFERS)
    for _ in range(2):
        send(practice_id, sms=provider)

    assert len(provider.sent) == 2
    assert [state for state, _ in states(practice_id)] == ["sent", "sent"]


def test_who_is_marked_meanwhile_does_not_get_it(live_database: LiveDatabase) -> None:
    def mark(others: list[str]) -> None:
        client = Client.objects.get(practice=practice_id, phone=others[0])
        flag_client(practice_id=practice_id, client_id=client.pk, flag="deceased", by="kit", now=NOON)

    practice_id = practice_with_check_ins(2)
    provider = meanwhile(practice_id, mark)
    for _ in range(2):
        send(practice_id, sms=provider)

    assert len(provider.sent) == 1
    assert ("skipped", "the client is marked “deceased”") in states(practice_id)


def test_a_concern_that_is_opened_meanwhile_keeps_it_back(live_database: LiveDatabase) -> None:
    def worry(others: list[str]) -> None:
        client = Client.objects.get(practice=practice_id, phone=others[0])
        Concern.objects.create(
            practice_id=practice_id, client=client, urgency="urgent", reason="white spot", opened_at=NOON
        )

    practice_id = practice_with_check_ins(2)
    provider = meanwhile(practice_id, worry)
    for _ in range(2):
        send(practice_id, sms=provider)

    assert len(provider.sent) == 1
    assert [kind for kind, _ in tasks(practice_id)] == ["call"]


def test_a_ban_that_begins_meanwhile_holds_for_everybody_who_has_not_got_it(live_database: LiveDatabase) -> None:
    def ban(others: list[str]) -> None:
        add_blackout(
            practice_id=practice_id,
            state="",
            scope=BanScope.EVERYTHING,
            from_at=NOON - timedelta(minutes=1),
            until_at=None,
            reason="state of emergency",
            by="juno",
            now=NOON,
        )

    practice_id = practice_with_check_ins(3)
    provider = meanwhile(practice_id, ban)
    for _ in range(2):
        send(practice_id, sms=provider)

    assert len(provider.sent) == 1
    assert sum("state of emergency" in reason for _, reason in states(practice_id)) == 2
