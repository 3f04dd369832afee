"""A client who asks to stop on the phone is heard as one who texts STOP."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from afterglow.models import Consent, Notice
from afterglow.models.scope import practice_scope
from tests.world import World


def ask(kit: Browser, world: World, **fields: str) -> str:
    answer = kit.post(f"/clients/{world.rosa_id}/stop-request/", fields, follow=True)
    return answer.content.decode().replace("&#x27;", "'")


def ended(world: World) -> set[tuple[str, str]]:
    with practice_scope(world.practice_id):
        said = Consent.objects.filter(practice=world.practice_id, source="staff", status="revoked")
        return set(said.values_list("channel", "purpose"))


@pytest.mark.parametrize(
    ("scope", "sentence", "whats"),
    [
        (
            "texts",
            "All automated texts and voicemails to this number have ended.",
            {("sms", "care"), ("sms", "appointment"), ("sms", "marketing"), ("voice", "voice")},
        ),
        ("marketing", "Marketing has ended", {("sms", "marketing"), ("voice", "voice"), ("email", "marketing")}),
        ("email", "All automated e-mail has ended.", {("email", p) for p in ("care", "appointment", "marketing")}),
        ("calls", "Automated calls and voicemails have ended.", {("voice", "voice")}),
    ],
)
def test_what_was_asked_on_the_phone_ends_at_once(
    kit: Browser, world: World, scope: str, sentence: str, whats: set[tuple[str, str]]
) -> None:
    page = ask(kit, world, scope=scope, how="phone", words="enough now")

    assert sentence in page
    assert "Undo" not in page
    assert ended(world) == whats
    assert "Said on the phone, noted by kit: “enough now”." in page


def test_what_was_said_to_a_person_is_not_confirmed_by_text(kit: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        before = Notice.objects.count()
    ask(kit, world, scope="texts", how="in_person")
    with practice_scope(world.practice_id):
        assert Notice.objects.count() == before


def test_everybody_at_the_number_is_stopped(kit: Browser, world: World) -> None:
    assert "No texts" in ask(kit, world, scope="everything", how="voicemail")
    with practice_scope(world.practice_id):
        said = Consent.objects.filter(practice=world.practice_id, source="staff", status="revoked")
        assert not said.exclude(client=None).exists()
        assert set(said.values_list("recorded_by", flat=True)) == {"kit"}


def test_without_saying_what_and_how_nothing_ends(kit: Browser, world: World) -> None:
    assert "Choose what is to stop." in ask(kit, world, how="phone")
    assert "Say how it was said." in ask(kit, world, scope="texts", how="telepathy")
    assert ended(world) == set()


def test_the_answer_to_a_stop_is_on_the_line_of_time(kit: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        Notice.objects.filter(client=world.dana_id).update(
            state="expired", reason="a stop may be confirmed within five minutes only", ended_at="2027-03-10T14:58Z"
        )
    page = kit.get(f"/clients/{world.dana_id}/").content.decode()

    assert "Confirmation of the stop" in page
    assert "Not sent: a stop may be confirmed within five minutes only." in page
