"""What e-mail services tell us is believed only when it is they, and means the same whoever says it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from afterglow.channels.email.anymail.services import SERVICES
from afterglow.channels.email.anymail.webhooks import hooks_for
from afterglow.channels.receipts import Call, Delivery, ForgedCall, Hook, ReactionKind, Receipt, UnreadableReceipt
from tests.channels.mail_service_calls import CASES, OURS, ROSA, SIGNED, STAMP, URL, public_key, reaction, report
from tests.channels.samples import NOON


def hook(name: str) -> Hook:
    return hooks_for(name)["status"]


def call(name: str, **changes: Any) -> Call:
    case = CASES[name]
    plain = Call(url=URL, headers=case.prove(case.body), body=case.body, content_type=case.content_type)
    return replace(plain, **changes)


def config(name: str, **changes: str) -> dict[str, str]:
    return {SERVICES[name].secret: CASES[name].secret, **changes}


def test_every_service_that_tells_us_something_is_in_that_table() -> None:
    assert {name for name, service in SERVICES.items() if hooks_for(name)} == CASES.keys()
    assert SERVICES.keys() - CASES.keys() == {"scaleway"}


@pytest.mark.parametrize("name", CASES)
def test_a_genuine_call_is_believed_and_its_repetition_known(name: str) -> None:
    event_id = hook(name).verify(call(name), config(name), NOON)

    assert event_id == (CASES[name].event_id or event_id)
    assert event_id
    assert hook(name).verify(call(name), config(name), NOON) == event_id


@pytest.mark.parametrize("name", CASES)
def test_a_kept_call_says_how_far_the_e_mail_got(name: str) -> None:
    assert list(hook(name).read(call(name, url="?", headers={}))) == CASES[name].receipts


@pytest.mark.parametrize("name", CASES)
def test_nobody_is_believed_while_no_secret_is_set(name: str) -> None:
    with pytest.raises(ForgedCall, match=f"Set {SERVICES[name].secret}"):
        hook(name).verify(call(name), {}, NOON)


@pytest.mark.parametrize("name", CASES)
def test_another_secret_than_ours_is_not_believed(name: str) -> None:
    others = {"postal": public_key(rsa.generate_private_key(public_exponent=65537, key_size=2048))}
    others["sendgrid"] = public_key(ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(ForgedCall):
        hook(name).verify(
            call(name), config(name, **{SERVICES[name].secret: others.get(name, "dmljLXNlY3JldA==")}), NOON
        )


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"mailgun", "unisender_go"}))
def test_a_call_without_proof_is_not_believed(name: str) -> None:
    with pytest.raises(ForgedCall):
        hook(name).verify(call(name, headers={}), config(name), NOON)


@pytest.mark.parametrize("name", sorted(set(SIGNED) - {"mailgun"}))  # Mailgun signs its calls, not what they say
def test_a_signed_call_that_was_changed_on_the_way_is_not_believed(name: str) -> None:
    changed = CASES[name].body.replace(b"17781552", b"17781553").replace(b"2026", b"2027")

    with pytest.raises(ForgedCall):
        hook(name).verify(call(name, body=changed), config(name), NOON)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b'{"signature": 1}', b'"x"'])
@pytest.mark.parametrize("name", CASES)
def test_nonsense_is_neither_believed_nor_a_fault_of_ours(name: str, body: bytes) -> None:
    nonsense = call(name, body=body)
    if name in SIGNED:
        with pytest.raises(ForgedCall):
            hook(name).verify(nonsense, config(name), NOON)
    with suppress(UnreadableReceipt):
        assert list(hook(name).read(nonsense)) == []


def test_a_call_of_resend_from_an_hour_ago_is_not_believed() -> None:
    stale = {**call("resend").headers, "svix-timestamp": str(int(STAMP) - 3600)}

    with pytest.raises(ForgedCall, match="5 minutes"):
        hook("resend").verify(call("resend", headers=stale), config("resend"), NOON)


def test_amazon_s_question_whose_address_this_is_tells_where_to_answer() -> None:
    body = json.dumps({"Type": "SubscriptionConfirmation", "SubscribeURL": "https://sns.example.test/?Token=1"})

    with pytest.raises(UnreadableReceipt, match=r"open https://sns\.example\.test/\?Token=1"):
        hook("amazon_ses").read(call("amazon_ses", body=body.encode()))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"event": "request"}, report("b-1", Delivery.ACCEPTED)),
        ({"event": "deferred"}, report("b-1", Delivery.SENT)),
        ({"event": "delivered"}, report("b-1", Delivery.DELIVERED)),
        ({"event": "hard_bounce"}, report("b-1", Delivery.UNDELIVERED, code="bounced", kind="invalid_address")),
        ({"event": "invalid_email"}, report("b-1", Delivery.UNDELIVERED, code="invalid", kind="invalid_address")),
        (
            {"event": "hard_bounce", "reason": "554 5.6.0 message content rejected"},
            report("b-1", Delivery.UNDELIVERED, code="5.6.0", kind="content"),
        ),
        (
            {"event": "hard_bounce", "reason": "550 5.7.1 refused by policy"},
            report("b-1", Delivery.UNDELIVERED, code="5.7.1", kind="content"),
        ),
        (
            {"event": "hard_bounce", "reason": "550 5.7.26 not authenticated"},
            report("b-1", Delivery.UNDELIVERED, code="5.7.26", kind="configuration"),
        ),
        ({"event": "hard_bounce", "reason": "4.4.1 timeout"}, report("b-1", Delivery.UNDELIVERED, code="4.4.1")),
        ({"event": "hard_bounce", "reason": "552 5.2.2 full"}, report("b-1", Delivery.UNDELIVERED, code="5.2.2")),
        ({"event": "blocked"}, report("b-1", Delivery.FAILED, code="blocked")),
        ({"event": "error"}, report("b-1", Delivery.FAILED)),
        ({"event": "unsubscribe"}, reaction("b-1", ReactionKind.UNSUBSCRIBED)),
        ({"event": "spam"}, reaction("b-1", ReactionKind.COMPLAINED)),
        ({"event": "list_addition"}, None),
        ({"event": "something new"}, None),
    ],
)
def test_each_event_has_one_meaning(changes: dict[str, str], expected: Receipt | None) -> None:
    plain = {"email": ROSA, "message-id": "b-1", "X-Mailin-custom": json.dumps(OURS)}

    read = hook("brevo").read(call("brevo", body=json.dumps({**plain, **changes}).encode()))

    assert list(read) == ([expected] if expected else [])
