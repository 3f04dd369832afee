"""A client says stop, in whatever words: it ends at once, is confirmed once, and nothing else in the text is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from afterglow.actions.receive_texts import receive_texts
from afterglow.actions.send_notices import send_notices
from afterglow.channels.receipts import InboundText, Media
from afterglow.models import Client, Message, Notice, Practice, Task
from afterglow.models.scope import practice_scope
from tests.stories.stage import ROSA, Stage

pytestmark = pytest.mark.django_db
CONFIRMED = "Juniper Skin Studio: You are unsubscribed and will get no more messages by text."


@pytest.fixture
def stage() -> Stage:
    """Rosa had toxin yesterday and has had her check-in."""
    stage = Stage.open("2026-03-02T08:00")
    with practice_scope(stage.practice_id):
        Practice.objects.filter(pk=stage.practice_id).update(name="Juniper Skin Studio", phone="(207) 555-0100")
    stage.visit("v1", "2026-03-03T14:00", "Botox 40 units")
    stage.run_until("2026-03-06T12:00")
    return stage


def write(stage: Stage, text: str, *, provider_says: str = "", media: tuple[Media, ...] = ()) -> None:
    key = f"SM{stage.now.isoformat()}{text}"
    inbound = InboundText(provider_id=key, from_=ROSA.phone, text=text, opt_out_type=provider_says, media=media)
    receive_texts(practice_id=stage.practice_id, texts=[inbound], now=stage.now)
    send_notices(practice_id=stage.practice_id, senders=stage.senders, clock=lambda: stage.now)


def answers(stage: Stage) -> list[str]:
    with practice_scope(stage.practice_id):
        sent = Message.objects.filter(practice=stage.practice_id, direction="out", notice__isnull=False)
        return list(sent.order_by("pk").values_list("body", flat=True))


def later_channels(stage: Stage) -> set[str]:
    """How the client is written to in the half year that follows."""
    before = len(stage.sent())
    stage.run_until("2026-09-01T12:00")
    return {channel for _, _, channel in stage.sent()[before:]}


def is_held(stage: Stage) -> bool:
    with practice_scope(stage.practice_id):
        return Client.objects.get(practice=stage.practice_id, first_name="Rosa").reply_waiting_since is not None


@pytest.mark.parametrize("words", ["STOP", "please stop texting me", "take me off your list", "🛑", "Stop."])
def test_a_stop_in_any_wording_ends_texts_and_is_confirmed_once(stage: Stage, words: str) -> None:
    write(stage, words)

    assert answers(stage) == [CONFIRMED]
    assert stage.tasks() == []
    assert later_channels(stage) == {"e-mail"}


def test_a_stop_in_spanish_is_confirmed_in_spanish(stage: Stage) -> None:
    write(stage, "ya no me manden mensajes")

    assert answers(stage) == ["Juniper Skin Studio: Ya no enviaremos mensajes a su celular."]


def test_a_stop_that_is_said_again_meets_silence(stage: Stage) -> None:
    for _ in range(3):
        write(stage, "STOP")
        stage.now += timedelta(minutes=1)

    assert answers(stage) == [CONFIRMED]


def test_a_stop_that_the_provider_has_answered_is_not_answered_again(stage: Stage) -> None:
    write(stage, "STOP", provider_says="stop")

    assert answers(stage) == []
    assert later_channels(stage) == {"e-mail"}


def test_a_text_that_asks_to_stop_and_for_help_does_both(stage: Stage) -> None:
    write(stage, "STOP my lip is white and it hurts")

    assert [kind for kind, _ in stage.tasks()] == ["reply"]
    assert is_held(stage)
    assert answers(stage) == [CONFIRMED]
    with practice_scope(stage.practice_id):
        assert Task.objects.get(practice=stage.practice_id, kind="reply").is_urgent


def test_a_stop_with_a_photo_is_seen_by_people(stage: Stage) -> None:
    write(stage, "STOP", media=(Media(url="https://m.example.test/1", content_type="image/jpeg"),))

    assert [kind for kind, _ in stage.tasks()] == ["reply"]


def test_a_bare_cancel_ends_texts_and_says_whom_to_call(stage: Stage) -> None:
    write(stage, "cancel")

    assert answers(stage) == [f"{CONFIRMED} To change an appointment call (207) 555-0100."]
    assert stage.tasks() == []


def test_a_bare_cancel_of_a_client_with_a_booking_is_a_phone_call(stage: Stage) -> None:
    stage.book("v2", "2026-03-12T14:00", "HydraFacial")
    write(stage, "Cancel")

    assert [kind for kind, _ in stage.tasks()] == ["call"]


def test_no_more_offers_leaves_care_alone(stage: Stage) -> None:
    write(stage, "no more marketing please")
    before = len(stage.sent())
    stage.run_until("2026-09-01T12:00")

    assert ("results", "text") in {(function, channel) for _, function, channel in stage.sent()[before:]}
    assert ("rebook", "text") not in {(function, channel) for _, function, channel in stage.sent()[before:]}
    assert answers(stage) == [
        "Juniper Skin Studio: You will get no more messages with offers. Messages about your care go on."
    ]


def test_no_more_e_mail_leaves_texts_alone(stage: Stage) -> None:
    write(stage, "stop emailing me")

    assert "e-mail" not in (channels := later_channels(stage))
    assert "text" in channels


def test_a_stop_after_a_narrower_one_is_confirmed_too(stage: Stage) -> None:
    write(stage, "no more marketing please")
    stage.now += timedelta(minutes=1)
    write(stage, "STOP")

    assert len(answers(stage)) == 2
    assert later_channels(stage) == {"e-mail"}


def test_a_practice_may_let_a_stop_to_an_offer_end_offers_only(stage: Stage) -> None:
    with practice_scope(stage.practice_id):
        Practice.objects.filter(pk=stage.practice_id).update(stop_scope="marketing", stop_scope_from=date(2026, 4, 1))
    stage.run_until("2026-05-18T12:00")  # the last message was about rebooking
    write(stage, "STOP")

    assert answers(stage) == [
        "Juniper Skin Studio: You will get no more messages with offers. Messages about your care go on."
    ]


def test_help_is_answered_and_seen(stage: Stage) -> None:
    write(stage, "HELP")

    [answer] = answers(stage)
    assert answer.startswith("Juniper Skin Studio: For help call (207) 555-0100. In an emergency call 911.")
    assert [kind for kind, _ in stage.tasks()] == ["reply"]


def test_help_that_the_provider_has_answered_is_not_answered_again(stage: Stage) -> None:
    write(stage, "HELP", provider_says="help")

    assert answers(stage) == []


def test_a_reaction_that_quotes_our_footer_holds_nothing_and_asks_nobody(stage: Stage) -> None:
    write(stage, "Liked “How are you feeling? Reply STOP to end messages”")

    assert stage.tasks() == []
    assert not is_held(stage)
    assert answers(stage) == []
    assert "text" in later_channels(stage)


@pytest.mark.parametrize("words", ["START", "yes", "UNSTOP"])
def test_a_yes_after_a_stop_opens_nothing_by_itself(stage: Stage, words: str) -> None:
    write(stage, "STOP")
    stage.now += timedelta(minutes=1)
    write(stage, words)

    assert [kind for kind, _ in stage.tasks()] == ["consent"]
    assert later_channels(stage) == {"e-mail"}


def test_a_yes_of_somebody_who_never_stopped_is_an_answer_to_people(stage: Stage) -> None:
    write(stage, "yes")

    assert [kind for kind, _ in stage.tasks()] == ["reply"]


def test_a_confirmation_that_could_not_go_out_in_five_minutes_never_does(stage: Stage) -> None:
    inbound = InboundText(provider_id="SM1", from_=ROSA.phone, text="STOP")
    receive_texts(practice_id=stage.practice_id, texts=[inbound], now=stage.now - timedelta(minutes=6))
    send_notices(practice_id=stage.practice_id, senders=stage.senders, clock=lambda: stage.now)

    assert answers(stage) == []
    with practice_scope(stage.practice_id):
        assert Notice.objects.get(practice=stage.practice_id).state == "expired"


def test_a_stop_from_a_number_that_is_nobodys_counts_when_it_becomes_somebodys(stage: Stage) -> None:
    stranger = "+12075550142"
    inbound = InboundText(provider_id="SM1", from_=stranger, text="STOP")
    receive_texts(practice_id=stage.practice_id, texts=[inbound], now=stage.now)
    send_notices(practice_id=stage.practice_id, senders=stage.senders, clock=lambda: stage.now)
    assert answers(stage) == [CONFIRMED]

    stage.visit("v9", "2026-03-07T14:00", "HydraFacial", client=replace(ROSA, external_id="new", phone=stranger))
    stage.run_until("2026-03-10T12:00")

    assert stage.sent()[-1][1:] == ("check_in", "e-mail")
