"""What providers report about messages ends in the same state, however late, often and disordered they report it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afterglow.actions.record_deliveries import record_deliveries
from afterglow.actions.update_client import update_contact
from afterglow.channels.errors_twilio import twilio_kind
from afterglow.channels.receipts import Delivery, StatusReport
from afterglow.models import AddressFault, Attempt, Consent, Message, MessageEvent, Task, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from bench.practices import practice_with_due_check_ins
from tests.actions.providers import ACCOUNT, NOON
from tests.messages import sent_message

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(seconds=5)
OFF = {"error_code": "30003", "kind": "unavailable"}
LANDLINE = {"error_code": "30006", "kind": "invalid_address"}
STOPPED = {"error_code": "21610", "kind": "opted_out"}
FILTERED = {"error_code": "30007", "kind": "content"}
UNKNOWN = {"error_code": "30008", "kind": ""}
FAILURES = (OFF, LANDLINE, STOPPED, FILTERED, UNKNOWN)


@dataclass(frozen=True)
class Practice:
    """Clients with a check-in due, and what is told about their messages."""

    id: int

    def text(
        self,
        key: str = "t1",
        *,
        client: int = 0,
        channel: str = "sms",
        state: Attempt.State = Attempt.State.ACCEPTED,
        is_primary: bool = True,
        touch_state: Touch.State = Touch.State.SENT,
    ) -> str:
        """A message of ours for this client's check-in; the answer is its token."""
        with practice_scope(self.id):
            touch = self.touches()[client]
            is_accepted = state == Attempt.State.ACCEPTED
            sent_message(
                touch,
                channel=channel,
                address=touch.client.phone if channel != "email" else f"client{client}@example.test",
                body=key,
                status=Message.Status.ACCEPTED if is_accepted else Message.Status.SENDING,
                provider_id=f"SM-{key}" if is_accepted else "",
                token=key,
                at=NOON,
                is_primary=is_primary,
                state=state,
            )
            if is_primary:
                Touch.objects.filter(pk=touch.pk).update(state=touch_state, ended_at=NOON)
            return key

    def touches(self) -> list[Touch]:
        due = Touch.objects.filter(practice=self.id, planned_at__lte=NOON).select_related("client")
        return list(due.order_by("pk"))

    def touch(self, client: int = 0) -> Touch:
        with practice_scope(self.id):
            return self.touches()[client]

    def told(self, *reports: StatusReport, now: datetime = SOON, channel: Channel | None = None) -> set[StatusReport]:
        return record_deliveries(practice_id=self.id, reports=reports, now=now, channel=channel)

    def attempt(self, key: str = "t1") -> Attempt:
        with practice_scope(self.id):
            return Attempt.objects.select_related("message").get(practice=self.id, token=key)

    def open_tasks(self) -> list[str]:
        with practice_scope(self.id):
            tasks = Task.objects.filter(practice=self.id, closed_at=None)
            return list(tasks.order_by("reason").values_list("reason", flat=True))

    def dead(self) -> list[tuple[str, str]]:
        with practice_scope(self.id):
            faults = AddressFault.objects.filter(practice=self.id, cleared_at=None)
            return list(faults.order_by("channel", "address").values_list("channel", "address"))

    def picture(self) -> dict[str, Any]:
        """Everything that may not depend on the order of reports."""
        with practice_scope(self.id):
            attempts = Attempt.objects.filter(practice=self.id).order_by("token")
            events = MessageEvent.objects.filter(practice=self.id).order_by("message__body", "kind")
            revoked = Consent.objects.filter(practice=self.id, status=Consent.Status.REVOKED)
            return {
                "attempts": list(attempts.values_list("token", "state", "code", "detail", "message__status")),
                "touches": [(t.state, t.due_at if t.state == Touch.State.PLANNED else None) for t in self.touches()],
                "events": list(events.values_list("message__body", "kind", "detail")),
                "tasks": self.open_tasks(),
                "dead": self.dead(),
                "revoked": sorted(revoked.values_list("address", "purpose")),
            }


@pytest.fixture
def practice() -> Practice:
    return Practice(practice_with_due_check_ins(clients=2, config=ACCOUNT, now=NOON))


def about(token: str, status: str, **more: str) -> StatusReport:
    return StatusReport(provider_id=f"SM-{token}", token=token, status=Delivery(status), **more)


def test_a_text_that_arrived_says_so(practice: Practice) -> None:
    practice.text()
    practice.told(about("t1", "sent"), about("t1", "delivered"))

    assert practice.attempt().message.status == "delivered"
    assert practice.touch().state == "sent"


@pytest.mark.parametrize("state", [Attempt.State.INTENT, Attempt.State.UNKNOWN])
def test_a_report_with_our_token_proves_that_a_message_left_which_nobody_could_tell_about(
    practice: Practice, state: Attempt.State
) -> None:
    practice.text(state=state, touch_state=Touch.State.SENDING)
    practice.told(about("t1", "sent"))

    attempt = practice.attempt()
    assert (attempt.state, attempt.provider_id, attempt.message.status) == ("accepted", "SM-t1", "accepted")
    assert practice.touch().state == "sent"


def test_a_message_that_was_called_lost_is_not_sent_again_once_it_is_reported(practice: Practice) -> None:
    practice.text(state=Attempt.State.ABSENT, touch_state=Touch.State.PLANNED)
    practice.told(about("t1", "accepted"))

    assert (practice.touch().state, practice.attempt().state) == ("sent", "accepted")


def test_a_report_about_a_message_that_is_not_ours_is_handed_back(practice: Practice) -> None:
    practice.text()
    stranger = about("t9", "delivered")

    assert practice.told(about("t1", "sent"), stranger) == {stranger}


def test_without_a_token_the_providers_own_id_is_enough(practice: Practice) -> None:
    practice.text()
    known = StatusReport(provider_id="SM-t1", status=Delivery.DELIVERED)

    assert practice.told(known, channel=Channel.EMAIL) == {known}  # another provider's messages may have the same id
    assert practice.told(known, channel=Channel.SMS) == set()
    assert practice.attempt().message.status == "delivered"


def test_a_phone_that_was_off_is_tried_once_more_an_hour_later(practice: Practice) -> None:
    practice.text("t1")
    practice.told(about("t1", "undelivered", **OFF))
    touch = practice.touch()
    assert (touch.state, touch.due_at) == ("planned", SOON + timedelta(hours=1))
    assert touch.reason == "the text did not arrive (the phone was switched off or out of reach); next try in an hour"

    practice.text("t2")
    practice.told(about("t2", "undelivered", **OFF), now=SOON + timedelta(hours=1))
    again = practice.touch()
    assert (again.state, again.due_at) == ("planned", SOON + timedelta(hours=1, minutes=2))


def test_a_text_lost_for_no_known_reason_is_tried_once_more_and_then_goes_another_way(practice: Practice) -> None:
    no_reason = {"error_code": "30008", "kind": twilio_kind("30008")}
    practice.text("t1")
    practice.told(about("t1", "undelivered", **no_reason))
    touch = practice.touch()
    assert (touch.state, touch.due_at) == ("planned", SOON + timedelta(hours=1))
    assert touch.reason == "the text did not arrive (the phone network gave no reason); next try in an hour"

    practice.text("t2")
    practice.told(about("t2", "undelivered", **no_reason), now=SOON + timedelta(hours=1))
    assert practice.touch().due_at == SOON + timedelta(hours=1, minutes=2)
    assert practice.touch().reason.endswith("it goes another way now")
    assert practice.dead() == []


def test_a_bounce_that_names_only_the_mailbox_is_about_the_newest_e_mail_that_left_for_it(practice: Practice) -> None:
    practice.text("e1", channel="email")
    practice.told(about("e1", "undelivered", **FILTERED))
    practice.text("e2", channel="email")
    practice.text("e3", channel="email", state=Attempt.State.REFUSED)  # it never left
    bounce = StatusReport(
        provider_id="", address="CLIENT0@example.test", status=Delivery.UNDELIVERED, kind="invalid_address"
    )

    assert practice.told(bounce) == set()
    assert practice.attempt("e3").state == "refused"
    assert [practice.attempt(key).code for key in ("e1", "e2")] == ["content:30007", "invalid_address:"]
    assert practice.dead() == [("email", "client0@example.test")]


def test_a_bounce_of_an_old_e_mail_is_about_nothing_of_ours(practice: Practice) -> None:
    practice.text("e1", channel="email")
    bounce = StatusReport(provider_id="", address="client0@example.test", status=Delivery.UNDELIVERED)

    assert practice.told(bounce, now=NOON + timedelta(days=15)) == {bounce}


def test_a_text_that_can_never_arrive_makes_way_for_the_next_channel(practice: Practice) -> None:
    practice.text()
    practice.told(about("t1", "undelivered", **LANDLINE))
    touch = practice.touch()

    assert (touch.state, touch.due_at) == ("planned", SOON + timedelta(minutes=2))
    assert practice.attempt().state == "undelivered"
    assert practice.open_tasks() == []
    assert practice.dead() == [("sms", touch.client.phone)]


def test_when_its_time_has_passed_a_person_is_asked(practice: Practice) -> None:
    practice.text()
    over = practice.touch().valid_until
    practice.told(about("t1", "failed", **FILTERED), now=over)

    assert practice.touch().state == "failed"
    assert practice.open_tasks() == [
        (
            "A message was not delivered: the phone network does not let this text through. "
            "Please contact the client another way."
        )
    ]


def test_what_arrives_after_it_was_called_lost_takes_everything_back(practice: Practice) -> None:
    practice.text()
    practice.told(about("t1", "undelivered", **LANDLINE), now=practice.touch().valid_until)
    practice.told(about("t1", "delivered"))

    touch = practice.touch()
    assert (touch.state, touch.reason) == ("sent", "it arrived after all")
    assert practice.attempt().message.status == "delivered"
    assert practice.open_tasks() == []
    assert practice.dead() == []


def test_a_message_that_already_goes_by_another_channel_is_left_to_it(practice: Practice) -> None:
    practice.text("t1")
    practice.told(about("t1", "undelivered", **LANDLINE))
    practice.text("t2", channel="email", state=Attempt.State.INTENT, touch_state=Touch.State.SENDING)
    practice.told(about("t1", "failed", **FILTERED))

    assert practice.touch().state == "sending"


def test_an_e_mail_beside_the_text_decides_nothing(practice: Practice) -> None:
    practice.text("t1")
    practice.text("e1", channel="email", is_primary=False)
    practice.told(about("e1", "failed", kind="invalid_address"))

    assert practice.touch().state == "sent"
    assert practice.dead() == [("email", "client0@example.test")]


def test_what_somebody_stopped_stays_stopped(practice: Practice) -> None:
    practice.text(touch_state=Touch.State.CANCELLED)
    practice.told(about("t1", "undelivered", **OFF))

    assert practice.touch().state == "cancelled"


def test_an_opt_out_at_the_provider_ends_the_texts_to_that_number_once(practice: Practice) -> None:
    practice.text()
    for status in ("failed", "failed", "undelivered"):
        practice.told(about("t1", status, **STOPPED))

    with practice_scope(practice.id):
        revoked = Consent.objects.filter(practice=practice.id, status=Consent.Status.REVOKED)
        assert sorted(revoked.values_list("purpose", flat=True)) == ["appointment", "care", "marketing", "voice"]
    assert practice.dead() == []


def test_a_corrected_number_is_no_dead_number(practice: Practice) -> None:
    practice.text()
    practice.told(about("t1", "undelivered", **LANDLINE))
    client = practice.touch().client
    update_contact(practice_id=practice.id, client_id=client.pk, phone="+12075550188", email="", by="kit", now=SOON)

    assert ("sms", "+12075550188") not in practice.dead()


def test_a_batch_of_any_size_asks_the_database_the_same_number_of_times(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(cursor: Any, query: Any, *rest: Any, **options: Any) -> Any:
        statements.append(str(query))
        return execute(cursor, query, *rest, **options)

    practice.text("a", client=0)
    practice.text("b", client=1)
    practice.text("c", client=1, channel="email", is_primary=False)
    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    practice.told(about("a", "undelivered", **LANDLINE), about("a", "sent"))
    few = len(statements)
    statements.clear()
    practice.told(
        *(about(key, status) for key in "bc" for status in ("accepted", "sent")),
        about("b", "undelivered", **LANDLINE),
        about("c", "failed", **LANDLINE),
    )

    assert len(statements) == few


REPORTS = st.builds(
    lambda token, status, failure: about(token, status, **(failure if status in ("undelivered", "failed") else {})),
    st.sampled_from(["t1", "e1", "t2"]),
    st.sampled_from([delivery.value for delivery in Delivery]),
    st.sampled_from(FAILURES),
)
STATES = st.sampled_from([Attempt.State.INTENT, Attempt.State.ACCEPTED, Attempt.State.UNKNOWN])


class Undone(Exception):
    """Takes back what an example has written."""


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reports=st.lists(REPORTS, min_size=1, max_size=6),
    state=STATES,
    is_over=st.booleans(),
    chance=st.randoms(use_true_random=False),
)
def test_whatever_the_order_and_however_often_it_ends_the_same(
    practice: Practice, reports: list[StatusReport], state: Attempt.State, is_over: bool, chance: Any
) -> None:
    at = practice.touch().valid_until if is_over else SOON
    shuffled = [*reports, *chance.choices(reports, k=3)]
    chance.shuffle(shuffled)
    cut = chance.randrange(len(shuffled))

    def ended(*batches: Sequence[StatusReport]) -> dict[str, Any]:
        picture: dict[str, Any] = {}
        try:
            with transaction.atomic(), practice_scope(practice.id):
                sending = Touch.State.SENT if state == Attempt.State.ACCEPTED else Touch.State.SENDING
                practice.text("t1", client=0, state=state, touch_state=sending)
                practice.text("e1", client=0, channel="email", is_primary=False)
                practice.text("t2", client=1, state=state, touch_state=sending)
                for batch in batches:
                    practice.told(*batch, now=at)
                picture = practice.picture()
                raise Undone
        except Undone:
            return picture

    assert ended(reports) == ended(shuffled[:cut], shuffled[cut:]) == ended(*([one] for one in shuffled))
