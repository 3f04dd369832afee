"""Wherever staff see a client who wants no texts, they see that."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client as Browser

from afterglow.actions.receive_texts import receive_texts
from afterglow.actions.record_visits import record_visits
from afterglow.channels.receipts import InboundText
from tests.world import DANA_PHONE, NOW, World, visit

BADGE = "No texts"


@pytest.mark.parametrize("screen", ["/", "/upcoming/", "/clients/", "/clients/{dana}/", "/not-covered/", "/phone/"])
def test_dana_is_never_shown_without_it(kit: Browser, world: World, screen: str) -> None:
    record_visits(
        practice_id=world.practice_id,
        source="csv",
        reports=[visit("A-9", "Dana", "Whitfield", DANA_PHONE, "Botox 20u", ended_at=NOW - timedelta(hours=30))],
        now=NOW,
    )
    receive_texts(
        practice_id=world.practice_id,
        texts=[InboundText(provider_id="in-9", from_=DANA_PHONE, text="Is the swelling normal?")],
        now=NOW,
    )
    page = kit.get(screen.format(dana=world.dana_id)).content.decode()
    shown = re.findall(r"Dana Whitfield(?:</a>|</h1>)(.*?)</li>", page + "</li>", re.S)
    assert shown or screen == "/phone/"
    assert all(BADGE in after for after in shown), shown


def test_nobody_else_has_it(kit: Browser, world: World) -> None:
    assert BADGE not in kit.get(f"/clients/{world.rosa_id}/").content.decode()
