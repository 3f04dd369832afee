"""What ActiveCampaign tells us is about an address, for it knows no id of ours."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from afterglow.channels.email.activecampaign_webhooks import HOOKS
from afterglow.channels.receipts import (
    Call,
    Delivery,
    ForgedCall,
    Reaction,
    ReactionKind,
    StatusReport,
    UnreadableReceipt,
)
from tests.channels.activecampaign import ROSA
from tests.channels.samples import NOON


def call(form: dict[str, str]) -> Call:
    return Call(url="https://care.example.test/x/", headers={}, body=urlencode(form).encode())


@pytest.mark.parametrize(
    ("form", "receipts"),
    [
        ({"type": "unsubscribe"}, [Reaction(address=ROSA, kind=ReactionKind.UNSUBSCRIBED)]),
        ({"type": "open"}, [Reaction(address=ROSA, kind=ReactionKind.OPENED)]),
        ({"type": "click"}, [Reaction(address=ROSA, kind=ReactionKind.CLICKED)]),
        (
            {"type": "bounce", "bounce[type]": "hard", "bounce[code]": "5.1.1"},
            [
                StatusReport(
                    provider_id="",
                    address=ROSA,
                    status=Delivery.UNDELIVERED,
                    error_code="5.1.1",
                    kind="invalid_address",
                )
            ],
        ),
        (
            {"type": "bounce", "bounce[type]": "soft", "bounce[code]": "4.2.2"},
            [StatusReport(provider_id="", address=ROSA, status=Delivery.UNDELIVERED, error_code="4.2.2")],
        ),
        ({"type": "contact_tag_added"}, []),
        ({"type": "sms_reply"}, []),
    ],
)
def test_what_activecampaign_tells_is_about_an_address(form: dict[str, str], receipts: list[Any]) -> None:
    said = call({**form, "contact[email]": ROSA})

    assert list(HOOKS["status"].read(said)) == receipts
    assert HOOKS["status"].verify(said, {}, NOON) == HOOKS["status"].verify(said, {}, NOON)
    assert HOOKS["status"].answer.status == 200


def test_what_is_no_call_of_activecampaign_is_not_kept() -> None:
    with pytest.raises(ForgedCall):
        HOOKS["status"].verify(call({"hello": "world"}), {}, NOON)
    with pytest.raises(UnreadableReceipt):
        HOOKS["status"].read(call({"type": "bounce"}))
