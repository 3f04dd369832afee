"""A message with a doubtful outcome is asked about, never repeated on a guess; and no doubt stops the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import repeat

import pytest

from afterglow.actions.claim_touches import claim_touches
from afterglow.actions.intents import Intent
from afterglow.actions.lane import SHUT, TOO_LATE
from afterglow.actions.open_senders import set_sender
from afterglow.actions.patience import DEFAULT, Patience, TooImpatient
from afterglow.actions.record_deliveries import record_deliveries
from afterglow.actions.record_outcomes import record_outcomes
from afterglow.actions.resolve_unknown import resolve_unknown
from afterglow.actions.revoke_consents import revoke_number
from afterglow.actions.send_touches import send_touches
from afterglow.actions.stop_touches import stop_client
from afterglow.channels.contract import (
    Absent,
    Accepted,
    CannotTell,
    Capabilities,
    Found,
    LookUp,
    Outcome,
    OutgoingMessage,
    Refused,
    Sender,
    Unknown,
)
from afterglow.channels.receipts import Delivery, StatusReport
from afterglow.channels.refusal_words import why_refused
from afterglow.models import Attempt, Message, Task, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from afterglow.rules.sending import decide_due
from tests.actions.providers import ACCOUNT, MAIL, NOON, TAKEN, TEXTS, Provider, practice_with_check_ins, send

pytestmark = pytest.mark.django_db
REPEATABLE = replace(TEXTS, has_look_up=False, repeats_safely_for=timedelta(hours=24))
LATER = NOON + DEFAULT.grace + timedelta(seconds=1)
SECOND_LOOK = LATER + DEFAULT.grace / 4
OTHERS = {**ACCOUNT, "account_sid": "AC" + "1" * 32}
NEW_PASSWORD = {**ACCOUNT, "auth_token": "another-one"}


def listed(message: OutgoingMessage) -> LookUp:
    """What a provider says that took every message."""
    return Found(f"SM-{message.token}")


@pytest.fixture
def practice_id() -> int:
    """Two clients, Rosa and Dana, each with a check-in due."""
    return practice_with_check_ins(2)


def practice_with_results_due() -> int:
    """One client whose results are asked for by text, and by e-mail besides."""
    practice_id = practice_with_check_ins(1, is_mailed=True)
    with practice_scope(practice_id):
        Touch.objects.filter(practice=practice_id, function="check_in").delete()
        Touch.objects.filter(practice=practice_id, function="results").update(planned_at=NOON, due_at=NOON)
    return practice_id


def test_what_was_sent_is_not_due_any_more(practice_id: int) -> None:
    provider = Provider()

    assert [_send(practice_id, provider), _send(practice_id, provider)] == [2, 0]
    assert len(provider.sent) == 2
    assert _states(practice_id) == ["sent", "sent"]


def test_a_lost_answer_that_the_provider_knows_about_counts_as_sent(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=listed)
    _send(practice_id, provider)

    assert _resolve(practice_id, provider, at=LATER) == 2
    assert _states(practice_id) == ["sent", "sent"]
    assert len(provider.sent) == 2


def test_a_lost_message_that_the_provider_never_got_is_sent_after_all(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=Absent())
    _send(practice_id, provider)
    _look_twice(practice_id, provider)
    provider.outcome = Accepted("SM8")

    assert _send(practice_id, provider, at=SECOND_LOOK) == 2
    assert _states(practice_id) == ["sent", "sent"]


def test_nothing_is_asked_about_while_somebody_may_still_be_sending_it(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"))
    _send(practice_id, provider)

    assert _resolve(practice_id, provider, at=NOON + DEFAULT.grace - timedelta(seconds=1)) == 0
    assert provider.asked == []


def test_when_nobody_can_tell_for_an_hour_a_person_calls_and_nobody_is_asked_again(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=CannotTell("out of reach"))
    _send(practice_id, provider)
    _resolve(practice_id, provider, at=LATER)
    assert _states(practice_id) == ["sending", "sending"]

    after_an_hour = NOON + timedelta(minutes=61)
    _resolve(practice_id, provider, at=after_an_hour)
    asked = len(provider.asked)

    assert _states(practice_id) == ["failed", "failed"]
    assert [kind for kind, _ in _tasks(practice_id)] == ["call", "call"]
    assert _resolve(practice_id, provider, at=after_an_hour) == 0
    assert len(provider.asked) == asked


def test_an_answer_that_comes_after_its_message_was_called_lost_stops_the_second_one(practice_id: int) -> None:
    provider = Provider()
    intents = _claim(practice_id)
    _look_twice(practice_id, provider)
    assert _states(practice_id) == ["planned", "planned"]

    record_outcomes(practice_id=practice_id, outcomes=[(intents[0], Accepted("SM9"))], now=LATER)

    assert sorted(_states(practice_id)) == ["planned", "sent"]
    assert _send(practice_id, provider, at=SECOND_LOOK) == 1


@pytest.mark.parametrize(
    ("status", "failure", "ends"), [("delivered", {}, "sent"), ("undelivered", {"kind": "content"}, "planned")]
)
def test_an_answer_that_a_report_overtook_changes_nothing(
    practice_id: int, caplog: pytest.LogCaptureFixture, status: str, failure: dict[str, str], ends: str
) -> None:
    intent = _claim(practice_id)[0]
    report = StatusReport(provider_id="SM9", token=intent.outgoing.token, status=Delivery(status), **failure)
    record_deliveries(practice_id=practice_id, reports=[report], now=NOON)
    record_outcomes(practice_id=practice_id, outcomes=[(intent, Accepted("SM9"))], now=NOON)

    with practice_scope(practice_id):
        assert Touch.objects.get(pk=intent.touch_id).state == ends
    assert "attempt.late" not in caplog.text


def test_a_no_that_comes_too_late_undoes_nothing(practice_id: int) -> None:
    intents = _claim(practice_id)
    _resolve(practice_id, Provider(look_up_answer=listed), at=LATER)

    late = [(intent, Refused("unavailable", "", "nothing left")) for intent in intents]
    record_outcomes(practice_id=practice_id, outcomes=late, now=LATER)

    assert _states(practice_id) == ["sent", "sent"]


def test_a_channel_that_carried_the_message_before_is_not_used_again(practice_id: int) -> None:
    provider = Provider()
    _send(practice_id, provider)
    with practice_scope(practice_id):  # as after a retry whose first channel has changed
        Touch.objects.filter(practice=practice_id, state=Touch.State.SENT).update(state=Touch.State.PLANNED)

    assert _send(practice_id, provider) == 0
    assert len(provider.sent) == 2
    assert _states(practice_id) == ["sent", "sent"]


def test_a_message_that_waited_too_long_for_its_turn_never_leaves(practice_id: int) -> None:
    provider = Provider()
    ticks = iter([NOON, *[NOON + DEFAULT.hand_over_within + timedelta(seconds=1)] * 10])
    _send(practice_id, provider, clock=lambda: next(ticks))

    assert provider.sent == []
    assert _states(practice_id) == ["planned", "planned"]


@pytest.mark.parametrize("outcome", [Refused("unavailable", "", "nothing left"), Unknown("TimeoutError")])
def test_what_was_on_its_way_when_a_person_pressed_stop_does_not_come_back(practice_id: int, outcome: Outcome) -> None:
    intents = _claim(practice_id)
    with practice_scope(practice_id):
        client_id = Touch.objects.get(pk=intents[0].touch_id).client_id
    stop_client(practice_id=practice_id, client_id=client_id, by="Kit", now=NOON)
    record_outcomes(practice_id=practice_id, outcomes=[(intents[0], outcome), (intents[1], TAKEN)], now=NOON)
    provider = Provider()
    for at in (LATER, SECOND_LOOK):
        _resolve(practice_id, provider, at=at)
    _send(practice_id, provider, at=NOON + timedelta(minutes=5))

    assert provider.sent == []
    with practice_scope(practice_id):
        touch = Touch.objects.get(pk=intents[0].touch_id)
    assert (touch.state, touch.reason) == ("skipped", "stopped by Kit")


def test_a_bug_in_one_case_stops_nobody_else(practice_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbling(touches: list[object], *, client: object, **rest: object) -> object:
        if client.first_name == "Dana":  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return decide_due(touches, client=client, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr("afterglow.actions.claim_touches.decide_due", stumbling)

    assert _send(practice_id, Provider()) == 1
    assert sorted(_states(practice_id)) == ["planned", "sent"]


def test_a_list_that_shows_a_message_a_little_late_is_not_taken_at_its_first_word(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"))
    _send(practice_id, provider)
    _resolve(practice_id, provider, at=LATER)
    assert _states(practice_id) == ["sending", "sending"]

    provider.look_up_answer = listed
    _resolve(practice_id, provider, at=SECOND_LOOK)
    assert _states(practice_id) == ["sent", "sent"]


def test_two_looks_in_one_breath_are_one_look(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"))
    _send(practice_id, provider)

    assert [_resolve(practice_id, provider, at=LATER) for _ in range(3)] == [0, 0, 0]


def test_one_listed_message_never_proves_two(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=Found("SM7"))
    _send(practice_id, provider)
    with practice_scope(practice_id):  # Rosa and Dana share a phone
        Message.objects.filter(practice=practice_id).update(address="+12075550101")

    assert _resolve(practice_id, provider, at=LATER) == 1
    _resolve(practice_id, provider, at=LATER)
    assert provider.asked[-1] == frozenset({"SM7"})


def test_where_the_same_request_is_taken_once_it_is_made_again_under_the_same_token(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), capabilities=REPEATABLE)
    _send(practice_id, provider)
    provider.outcome = lambda message: Accepted(f"SM-{message.token}")
    _resolve(practice_id, provider, at=LATER)

    first, again = provider.sent[:2], provider.sent[2:]
    assert {m.token for m in again} == {m.token for m in first}
    assert {m.text for m in again} == {m.text for m in first}
    assert _states(practice_id) == ["sent", "sent"]


@pytest.mark.parametrize(
    "at", [NOON + timedelta(hours=23, minutes=59, seconds=30), NOON + timedelta(hours=7, minutes=59)]
)
def test_it_is_not_made_again_once_its_token_or_its_hour_is_over(practice_id: int, at: datetime) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), capabilities=REPEATABLE)
    _send(practice_id, provider)
    _resolve(practice_id, provider, at=at)

    assert len(provider.sent) == 2


def test_it_is_not_made_again_for_whoever_said_stop_meanwhile(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), capabilities=REPEATABLE)
    _send(practice_id, provider)
    with practice_scope(practice_id):
        revoke_number(practice_id=practice_id, phone=provider.sent[0].to, source="text", evidence="STOP", now=NOON)
    _resolve(practice_id, provider, at=LATER)

    assert {m.to for m in provider.sent[2:]} == {provider.sent[1].to}


def test_a_final_no_to_the_same_request_means_that_nothing_was_ever_sent(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), capabilities=REPEATABLE)
    _send(practice_id, provider)
    provider.outcome = Refused("content", "30007", "filtered")

    assert _resolve(practice_id, provider, at=LATER) == 2
    assert _states(practice_id) == ["planned", "planned"]


def test_whom_nobody_can_ask_a_person_calls_as_soon_as_the_grace_is_over(practice_id: int) -> None:
    mute = Provider(outcome=Unknown("TimeoutError"), capabilities=replace(TEXTS, has_look_up=False))
    _send(practice_id, mute)
    _resolve(practice_id, mute, at=LATER)

    assert _states(practice_id) == ["failed", "failed"]
    assert _tasks(practice_id) == [("call", "Please call: nobody can tell whether the last message arrived.")] * 2
    assert len(mute.sent) == 2


def test_a_callback_may_still_prove_what_nobody_can_be_asked_about(practice_id: int) -> None:
    told = replace(TEXTS, has_look_up=False, has_callbacks=True)
    provider = Provider(outcome=Unknown("TimeoutError"), capabilities=told)
    _send(practice_id, provider)

    assert _resolve(practice_id, provider, at=LATER) == 0
    assert _resolve(practice_id, provider, at=NOON + timedelta(minutes=61)) == 2


def test_an_e_mail_beside_a_text_troubles_nobody_when_it_is_in_doubt() -> None:
    practice_id = practice_with_results_due()
    texts, mail = Provider(), Provider(outcome=Unknown("TimeoutError"), capabilities=MAIL)
    senders: dict[Channel, Sender] = {Channel.SMS: texts, Channel.EMAIL: mail}
    send_touches(practice_id=practice_id, senders=senders, clock=lambda: NOON)
    resolve_unknown(practice_id=practice_id, senders=senders, clock=lambda: LATER)

    assert (len(texts.sent), len(mail.sent)) == (1, 1)
    assert _tasks(practice_id) == []
    with practice_scope(practice_id):
        assert Touch.objects.filter(practice=practice_id, planned_at=NOON).get().state == "sent"
        assert not Attempt.objects.filter(practice=practice_id, finished_at=None).exists()


@pytest.mark.parametrize(
    ("outcome", "why"), [(TOO_LATE, "its time ran out on the way"), (SHUT, "our account was out of order")]
)
def test_an_e_mail_beside_a_text_that_never_left_says_so(outcome: Outcome, why: str) -> None:
    practice_id = practice_with_results_due()
    texts, mail = _claim(practice_id, "sms", "email")
    record_outcomes(practice_id=practice_id, outcomes=[(texts, TAKEN), (mail, outcome)], now=NOON)

    with practice_scope(practice_id):
        assert Touch.objects.get(pk=texts.touch_id).state == "sent"
        assert Message.objects.get(pk=mail.message_id).status == "failed"
        [(kind, _, code)] = [a.code.partition(":") for a in Attempt.objects.filter(pk=mail.attempt_id)]
    assert why_refused(kind, code, Channel.EMAIL) == why


def test_an_e_mail_beside_a_text_that_arrives_after_all_does_not_stop_the_text() -> None:
    practice_id = practice_with_results_due()
    texts, mail = _claim(practice_id, "sms", "email")
    listless = Provider(capabilities=replace(MAIL, has_look_up=True))
    senders: dict[Channel, Sender] = {Channel.SMS: Provider(), Channel.EMAIL: listless}
    for now in repeat(LATER), repeat(SECOND_LOOK):
        resolve_unknown(practice_id=practice_id, senders=senders, clock=now.__next__)
    record_outcomes(practice_id=practice_id, outcomes=[(mail, Accepted("EM1"))], now=SECOND_LOOK)

    with practice_scope(practice_id):
        assert Touch.objects.get(pk=texts.touch_id).state == "planned"
        assert Message.objects.get(pk=mail.message_id).status == "accepted"
    provider, mailbox = Provider(), Provider(capabilities=MAIL)
    assert send(practice_id, at=SECOND_LOOK, sms=provider, email=mailbox) == 1
    assert (len(provider.sent), len(mailbox.sent)) == (1, 0)


@pytest.mark.parametrize("able", [TEXTS, REPEATABLE])
def test_an_account_that_followed_is_never_asked_about_what_left_by_the_former(
    practice_id: int, able: Capabilities
) -> None:
    _send(practice_id, Provider(outcome=Unknown("TimeoutError")))
    _set(practice_id, OTHERS, at=NOON + timedelta(seconds=10))
    other = Provider(capabilities=able)
    for at in (LATER, SECOND_LOOK, NOON + timedelta(minutes=61)):
        _resolve(practice_id, other, at=at)

    assert (other.asked, other.sent) == ([], [])
    assert _states(practice_id) == ["failed", "failed"]
    assert [kind for kind, _ in _tasks(practice_id)] == ["call", "call"]


def test_what_a_worker_still_sends_by_the_former_account_is_not_asked_of_the_next(practice_id: int) -> None:
    _set(practice_id, OTHERS, at=NOON - timedelta(seconds=30))
    _send(practice_id, Provider(outcome=Unknown("TimeoutError")))
    other = Provider()

    assert _resolve(practice_id, other, at=LATER) == 0
    assert other.asked == []


def test_a_new_password_opens_the_same_account(practice_id: int) -> None:
    provider = Provider(outcome=Unknown("TimeoutError"), look_up_answer=listed)
    _send(practice_id, provider)
    _set(practice_id, NEW_PASSWORD, at=NOON + timedelta(seconds=10))

    assert _resolve(practice_id, provider, at=LATER) == 2
    assert _states(practice_id) == ["sent", "sent"]


@pytest.mark.parametrize("seconds", [(20, 20, 40), (15, 30, 45), (41, 1, 40)])
def test_times_that_could_double_a_message_are_refused(seconds: tuple[int, int, int]) -> None:
    hand_over, answer, grace = (timedelta(seconds=s) for s in seconds)
    with pytest.raises(TooImpatient):
        Patience(hand_over_within=hand_over, answer_within=answer, grace=grace)


def _send(
    practice_id: int, provider: Provider, *, at: datetime = NOON, clock: Callable[[], datetime] | None = None
) -> int:
    sent = send_touches(practice_id=practice_id, senders={Channel.SMS: provider}, clock=clock or (lambda: at))
    return sent.handed_over


def _resolve(practice_id: int, provider: Provider, *, at: datetime) -> int:
    return resolve_unknown(practice_id=practice_id, senders={Channel.SMS: provider}, clock=lambda: at)


def _set(practice_id: int, config: dict[str, str], *, at: datetime) -> None:
    set_sender(practice_id=practice_id, channel=Channel.SMS, provider="twilio", config=config, now=at)


def _look_twice(practice_id: int, provider: Provider) -> None:
    """A list that shows nothing is believed when it shows nothing again."""
    assert _resolve(practice_id, provider, at=LATER) == 0
    assert _resolve(practice_id, provider, at=SECOND_LOOK) == 2


def _claim(practice_id: int, *channels: str) -> list[Intent]:
    """Committed and never handed over: the worker died in between."""
    by = frozenset(map(Channel, channels or ["sms"]))
    return list(claim_touches(practice_id=practice_id, channels=by, now=NOON, public_url="", limit=10).intents)


def _states(practice_id: int) -> list[str]:
    with practice_scope(practice_id):
        due = Touch.objects.filter(practice=practice_id, planned_at__lte=NOON)
        tried = Attempt.objects.filter(practice=practice_id, touch__in=due)
        assert tried.filter(state__in=Attempt.LIVE).count() <= due.count()
        return list(due.order_by("pk").values_list("state", flat=True))


def _tasks(practice_id: int) -> list[tuple[str, str]]:
    with practice_scope(practice_id):
        return list(Task.objects.filter(practice=practice_id).values_list("kind", "reason"))
