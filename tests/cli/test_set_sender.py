"""`afterglow set-sender` sets an account, and says where its provider finds us."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from typer.testing import CliRunner

from afterglow.actions.open_practice import open_practice
from afterglow.actions.open_senders import open_senders, set_sender
from afterglow.channels.registry import PROVIDERS
from afterglow.cli import sender
from afterglow.models import Outage, SenderAccount, Touch
from afterglow.models.scope import practice_scope
from afterglow.rules.facts import Channel
from tests.world import NOW, build_world

pytestmark = pytest.mark.django_db
TWILIO = {"account_sid": "AC" + "0" * 32, "auth_token": "only-for-tests", "from_number": "+15005550006"}


@pytest.fixture(autouse=True)
def public_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SITE_URL", "https://follow-up.example.test")
    monkeypatch.setattr(sender, "ready", lambda: None)


@pytest.fixture
def practice_id() -> int:
    return open_practice(name="Glow", timezone="America/New_York", state="ME", now=NOW).practice_id


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "twilio.conf"
    file.write_text("\n".join(f"{key}={value}" for key, value in TWILIO.items()))
    return str(file)


def token_of(practice_id: int) -> str:
    with practice_scope(practice_id):
        return SenderAccount.objects.get(practice=practice_id, channel="sms").token


def test_it_says_which_address_to_enter_at_the_provider(practice_id: int, config: str) -> None:
    answer = CliRunner().invoke(sender.command, ["sms", "twilio", "--config", config])

    assert answer.exit_code == 0
    assert answer.stdout == ""
    assert "Enter at twilio:\n  texts that clients write\n" in answer.stderr
    assert f"https://follow-up.example.test/hooks/messages/{token_of(practice_id)}/text/" in answer.stderr
    assert "Told to twilio with every message: what became of messages." in answer.stderr


def test_programs_get_the_addresses_as_rows(practice_id: int, config: str) -> None:
    answer = CliRunner().invoke(sender.command, ["sms", "twilio", "--config", config, "--format", "jsonl"])

    rows = {row["hook"]: row for row in map(json.loads, answer.stdout.splitlines())}
    assert {name: row["is_entered"] for name, row in rows.items()} == {"text": True, "status": False}
    assert rows["status"]["address"].endswith(f"/hooks/messages/{token_of(practice_id)}/status/")


def test_a_site_that_nobody_reaches_is_named(practice_id: int, config: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SITE_URL", "http://127.0.0.1:8000")

    assert "set AFTERGLOW_SITE_URL" in CliRunner().invoke(sender.command, ["sms", "twilio", "--config", config]).stderr


def test_help_names_every_provider() -> None:
    said = CliRunner().invoke(sender.command, ["--help"], terminal_width=400).stdout

    assert [name for providers in PROVIDERS.values() for name in providers if name not in said] == []


def test_the_addresses_outlive_a_change_of_account_and_of_provider(practice_id: int) -> None:
    set_sender(practice_id=practice_id, channel=Channel.SMS, provider="twilio", config=TWILIO, now=NOW)
    before = token_of(practice_id)
    set_sender(practice_id=practice_id, channel=Channel.SMS, provider="simulated", config={}, now=NOW)

    assert token_of(practice_id) == before


@pytest.mark.parametrize(
    ("site", "address", "is_called_back"),
    [
        ("https://follow-up.example.test", "", True),
        ("http://127.0.0.1:8000", "", False),
        ("http://localhost:8000", "http://127.0.0.1:8090", True),
    ],
)
def test_only_who_can_reach_us_is_asked_to_call_back(
    practice_id: int, monkeypatch: pytest.MonkeyPatch, site: str, address: str, is_called_back: bool
) -> None:
    monkeypatch.setattr(settings, "SITE_URL", site)
    config = {**TWILIO, "address": address} if address else TWILIO
    set_sender(practice_id=practice_id, channel=Channel.SMS, provider="twilio", config=config, now=NOW)

    [account] = open_senders(practice_id=practice_id).values()
    assert account.capabilities.has_callbacks is is_called_back


def test_an_account_that_works_no_more_keeps_no_other_channel_from_sending(
    practice_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = {**TWILIO, "practice_name": "Glow"}
    set_sender(practice_id=practice_id, channel=Channel.SMS, provider="twilio", config=TWILIO, now=NOW)
    set_sender(practice_id=practice_id, channel=Channel.VOICE, provider="twilio", config=voice, now=NOW)
    monkeypatch.setattr(settings, "SITE_URL", "http://127.0.0.1:8000")  # calls need a public address

    assert list(open_senders(practice_id=practice_id)) == [Channel.SMS]


def test_calls_from_a_site_that_nobody_reaches_are_refused_in_a_sentence(
    practice_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SITE_URL", "http://127.0.0.1:8000")
    file = tmp_path / "voice.conf"
    file.write_text("\n".join(f"{key}={value}" for key, value in TWILIO.items()))
    answer = CliRunner().invoke(sender.command, ["voice", "twilio", "--config", str(file)])

    assert answer.exit_code != 0
    assert "A voicemail needs a public address of this site" in answer.stderr
    with practice_scope(practice_id):
        assert not SenderAccount.objects.filter(practice=practice_id, channel="voice").exists()


def test_a_new_account_ends_the_outage_of_the_former_one_and_nobody_waits_any_longer() -> None:
    practice_id = build_world().practice_id
    later = NOW + timedelta(minutes=10)
    with practice_scope(practice_id):
        Outage.objects.create(
            practice_id=practice_id, channel="sms", provider="twilio", reason="…", began_at=NOW, retry_at=later
        )
        touch = Touch.objects.filter(practice=practice_id, state="planned").earliest("planned_at")
        Touch.objects.filter(pk=touch.pk).update(
            planned_at=NOW - timedelta(minutes=1), due_at=later, reason="texts have not gone out since 11:00: …"
        )
    set_sender(practice_id=practice_id, channel=Channel.SMS, provider="twilio", config=TWILIO, now=NOW)

    with practice_scope(practice_id):
        assert Outage.objects.get(practice=practice_id).ended_at == NOW
        assert Touch.objects.get(pk=touch.pk).due_at == NOW
