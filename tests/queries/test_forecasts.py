"""A forecast is worth something only if it comes true."""

from __future__ import annotations

from datetime import datetime, timedelta

from afterglow.actions.flag_client import flag_client
from afterglow.actions.open_senders import open_senders
from afterglow.actions.receive_texts import finish_replies
from afterglow.actions.send_touches import send_touches
from afterglow.models import Message, Outage, Practice, Touch
from afterglow.queries.forecasts import Forecast, forecasts
from afterglow.rules.facts import Channel
from tests.world import NOW, World


def foretold(practice: Practice, client_id: int, *, now: datetime = NOW) -> dict[int, Forecast]:
    planned = Touch.objects.filter(practice=practice, client=client_id, state=Touch.State.PLANNED)
    return forecasts(practice, list(planned.select_related("client", "plan__visit")), now=now)


def test_the_message_that_leaves_is_the_one_that_was_foretold(practice: Practice, world: World) -> None:
    finish_replies(practice_id=practice.pk, client_id=world.rosa_id, by="kit", now=NOW)
    first_id, first = min(foretold(practice, world.rosa_id).items(), key=lambda item: item[1].at)
    assert (first.verdict, first.channels) == ("goes", (Channel.SMS,))
    senders = open_senders(practice_id=practice.pk)
    send_touches(practice_id=practice.pk, senders=senders, clock=lambda: first.at)
    touch = Touch.objects.get(pk=first_id)
    assert (touch.state, touch.reason) == (Touch.State.SENT, first.because)
    assert Message.objects.get(touch=first_id).body == first.text


def test_an_unread_reply_makes_every_message_wait(practice: Practice, world: World) -> None:
    told = foretold(practice, world.rosa_id).values()
    assert {(f.verdict, f.because) for f in told} == {("waits", "the client wrote and waits for a person's answer")}


def test_a_number_that_stopped_gets_no_text_and_the_reason_says_when(practice: Practice, world: World) -> None:
    told = foretold(practice, world.dana_id).values()
    assert {f.verdict for f in told} == {"stays"}
    assert all("the client stopped texts on 10 March 2027" in f.because for f in told)


def test_a_mark_silences_at_once(practice: Practice, world: World) -> None:
    finish_replies(practice_id=practice.pk, client_id=world.rosa_id, by="kit", now=NOW)
    flag_client(practice_id=practice.pk, client_id=world.rosa_id, flag="deceased", by="hale", now=NOW)
    assert {f.verdict for f in foretold(practice, world.rosa_id).values()} == {"stays"}


def test_a_message_that_cannot_go_can_still_be_read(practice: Practice, world: World) -> None:
    assert all(f.text for f in foretold(practice, world.dana_id).values())


def test_during_an_outage_a_message_that_is_due_says_what_it_waits_for(practice: Practice, world: World) -> None:
    finish_replies(practice_id=practice.pk, client_id=world.rosa_id, by="kit", now=NOW)
    first = min(foretold(practice, world.rosa_id).values(), key=lambda told: told.at)
    again_at = first.at + timedelta(minutes=10)
    Outage.objects.create(
        practice=practice,
        channel="sms",
        provider="simulated",
        reason="the provider does not answer",
        began_at=first.at - timedelta(minutes=5),
        retry_at=again_at,
    )
    told = min(foretold(practice, world.rosa_id, now=first.at).values(), key=lambda told: told.at)

    assert (told.verdict, told.at) == ("goes", again_at)
    assert told.because.startswith("texts have not gone out since ")
    assert "the provider does not answer; next try at " in told.because
