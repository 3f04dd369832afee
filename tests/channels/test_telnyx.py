"""Texts through Telnyx: what leaves, what each answer means, and how a lost answer is found again."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientTimeout, web

from afterglow.channels import http_account
from afterglow.channels.config_check import ConfigFault
from afterglow.channels.contract import REFUSALS, Accepted, CannotTell, Found, LookUp, Refused, Unknown
from afterglow.channels.errors_telnyx import TELNYX_IN_DOUBT, TELNYX_KINDS
from afterglow.channels.sms import telnyx
from tests.channels.samples import NOON, ROSA, TEXT, TOKEN, message
from tests.channels.vendors import TROUBLES, Asked, Trouble, Vendor, at_work, sent

ACCOUNT = {key.name: key.example for key in telnyx.KEYS if key.is_required}
NUMBER = {**ACCOUNT, "from_number": "+12025550100"}
CALLBACKS = "https://care.example.test/hooks/messages/acct/"
DANA = "+12025550147"
ID = "40317f9a-0d2b-4f5e-a1c3-9b7e5d3c1a2f"


def taken(asked: Asked) -> web.Response:
    """Telnyx's answer to a text: it knows the account by its key, and Dana by her STOP."""
    if asked.headers.get("Authorization") != f"Bearer {ACCOUNT['api_key']}":
        return refusal(401, "10009", title="Authentication failed")
    if asked.object["to"] == DANA:
        return refusal(409, "40300", title="Blocked due to STOP message", detail=f"not to {DANA}")
    return web.json_response({"data": {"id": ID, "record_type": "message", "to": [{"status": "queued"}]}})


def refusal(
    status: int, code: str, *, pointer: str = "", headers: dict[str, str] | None = None, **words: str
) -> web.Response:
    error = {"code": code, "title": "No", **words, "source": {"pointer": pointer}}
    return web.json_response({"errors": [error]}, status=status, headers=headers)


def sender_at(address: str, callbacks: str = CALLBACKS, **changes: str) -> telnyx.TelnyxSender:
    return telnyx.from_config({**NUMBER, "address": address, **changes}, callbacks)


def answered(status: int, code: str, **more: Any) -> Any:
    return sent(Vendor(lambda _: refusal(status, code, **more)), sender_at, message())


def test_a_text_is_taken_and_our_token_travels_in_its_report_address() -> None:
    vendor = Vendor(taken)

    assert sent(vendor, sender_at, message()) == Accepted(ID)
    [asked] = vendor.asked
    assert asked.path == "/v2/messages"
    assert asked.object == {
        "from": "+12025550100",
        "to": ROSA,
        "text": TEXT,
        "webhook_url": f"{CALLBACKS}status?token={TOKEN}",
        "use_profile_webhooks": False,
    }
    assert asked.headers["Idempotency-Key"] == TOKEN


def test_pictures_and_a_profile_travel_too_and_no_report_is_asked_for_without_an_address() -> None:
    vendor, profile = Vendor(taken), "4000eba1-a0c0-4563-9925-b25e842a7cb6"
    picture = "https://care.example.test/before.jpg"

    def plain_sender_at(address: str) -> telnyx.TelnyxSender:
        return sender_at(address, "", from_number="", messaging_profile_id=profile)

    sent(vendor, plain_sender_at, message(media=(picture,)))

    assert vendor.asked[0].object == {
        "messaging_profile_id": profile,
        "to": ROSA,
        "text": TEXT,
        "media_urls": [picture],
    }


def test_a_client_who_texted_stop_is_known_and_named_nowhere() -> None:
    outcome = sent(Vendor(taken), sender_at, message(to=DANA))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.code) == ("opted_out", "40300")
    assert "0147" not in outcome.detail


def test_a_wrong_key_is_a_matter_of_configuration() -> None:
    outcome = sent(Vendor(taken), lambda address: sender_at(address, api_key="KEY-mistyped"), message())

    assert outcome == Refused("configuration", "10009", "Authentication failed")


@pytest.mark.parametrize(
    ("status", "code", "pointer", "kind"),
    [
        (400, "40310", "/to", "invalid_address"),
        (400, "10002", "/to", "invalid_address"),
        (400, "10002", "/from", "configuration"),
        (400, "40305", "/from", "configuration"),
        (403, "40322", "", "content"),
        (400, "40317", "", "content"),
        (402, "20100", "", "configuration"),
        (422, "49999", "", "configuration"),
        (404, "", "", "configuration"),
        (307, "", "", "configuration"),
    ],
)
def test_a_refusal_says_what_kind_it_is(status: int, code: str, pointer: str, kind: str) -> None:
    outcome = answered(status, code, pointer=pointer)

    assert isinstance(outcome, Refused)
    assert outcome.kind == kind


@pytest.mark.parametrize(
    ("code", "headers", "pause"),
    [
        ("10011", {"Retry-After": "7"}, timedelta(seconds=7)),
        ("10011", {"x-ratelimit-reset": "2"}, timedelta(seconds=2)),
        ("40318", {}, None),
    ],
)
def test_a_busy_telnyx_says_when_to_come_back(code: str, headers: dict[str, str], pause: timedelta | None) -> None:
    outcome = answered(429, code, headers=headers)

    assert outcome == Refused("rate", code, REFUSALS["rate"], pause)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_text_that_was_taken_before_the_trouble_is_unknown_and_asked_for_once(
    trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_account, "_TIMEOUT", ClientTimeout(total=0.3, connect=5))
    vendor = Vendor(taken, trouble)

    assert isinstance(sent(vendor, sender_at, message()), Unknown)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize("code", ["10007", "10008"])
def test_an_error_that_tells_nothing_is_no_refusal(code: str) -> None:
    assert isinstance(answered(400, code), Unknown)


def test_nobody_listening_means_nothing_left(unused_tcp_port: int) -> None:
    async def story() -> Any:
        async with sender_at(f"http://127.0.0.1:{unused_tcp_port}") as sender:
            return await sender.send(message())

    outcome = asyncio.run(story())
    assert isinstance(outcome, Refused)
    assert outcome.kind == "unavailable"


def test_a_text_whose_time_is_over_never_leaves() -> None:
    vendor = Vendor(taken)

    outcome = sent(vendor, sender_at, message(expires_at=NOON))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, vendor.asked) == ("expired", [])


def test_every_code_has_a_kind_that_exists_or_is_in_doubt() -> None:
    assert set(TELNYX_KINDS.values()) <= REFUSALS.keys()
    assert not TELNYX_IN_DOUBT & TELNYX_KINDS.keys()


@pytest.mark.parametrize(
    ("settings", "pace"),
    [
        ({"from_number": "+18445550100"}, 20.0),
        ({"from_number": "+12025550100"}, 3.75),
        ({"from_number": "72345"}, 50.0),
        ({"from_number": "+12025550100", "segments_per_second": "75"}, 75.0),
    ],
)
def test_the_pace_is_that_of_the_kind_of_number_unless_the_practice_knows_better(
    settings: dict[str, str], pace: float
) -> None:
    assert telnyx.from_config({**ACCOUNT, **settings}).capabilities.per_second == pace


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"from_number": ""}, "A text needs a sender"),
        ({"segments_per_second": "0.0"}, "segments_per_second does not look right"),
        ({"api_key": "two words"}, "api_key does not look right"),
        ({"address": "http://texts.example.test"}, "must begin with https"),
    ],
)
def test_an_account_is_checked_before_it_is_used(changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigFault, match=complaint):
        telnyx.from_config({**NUMBER, **changes})


def record(uuid: str, token: str) -> dict[str, str]:
    return {"uuid": uuid, "cld": ROSA, "delivery_status_webhook_url": f"{CALLBACKS}status?token={token}"}


def looked_up(*pages: object, callbacks: str = CALLBACKS) -> tuple[LookUp, list[Asked]]:
    def listed(asked: Asked) -> web.Response:
        page = pages[int(asked.query["page[number]"]) - 1]
        return web.json_response({"data": page, "meta": {"total_pages": len(pages)}})

    async def story() -> tuple[LookUp, list[Asked]]:
        async with at_work(Vendor(listed)) as vendor, sender_at(vendor.address, callbacks) as sender:
            return await sender.look_up(message(), but_not=frozenset({"mdr-0"})), vendor.asked

    return asyncio.run(story())


def test_a_text_is_found_again_by_the_token_in_its_report_address() -> None:
    answer, asked = looked_up([record("mdr-0", TOKEN), record("mdr-1", "another")], [record("mdr-2", TOKEN)])

    assert answer == Found("mdr-2")
    assert asked[0].path == "/v2/detail_records"
    assert dict(asked[0].query) == {
        "filter[record_type]": "messaging",
        "filter[direction]": "outbound",
        "filter[cld][contains]": ROSA.removeprefix("+"),
        "filter[created_at][gte]": "2026-05-06",
        "page[number]": "1",
        "page[size]": "50",
    }


@pytest.mark.parametrize("page", [[], [record("mdr-1", "another")], [{}], "nonsense", None])
def test_a_text_without_a_record_may_still_wait_in_the_queue(page: object) -> None:
    answer, _ = looked_up(page)

    assert isinstance(answer, CannotTell)


def test_without_a_public_address_nobody_is_asked() -> None:
    answer, asked = looked_up([record("mdr-1", TOKEN)], callbacks="")

    assert isinstance(answer, CannotTell)
    assert asked == []


def test_the_log_holds_no_number_no_text_and_no_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    sent(Vendor(taken), sender_at, message())
    sent(Vendor(taken), sender_at, message(to=DANA))
    looked_up([record("mdr-1", TOKEN)])

    for secret in ("5550143", "5550147", "Rosa", ACCOUNT["api_key"]):
        assert secret not in caplog.text
