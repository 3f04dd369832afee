"""Nobody can send past a missing consent, whatever their role and whatever they press."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, get_resolver

from afterglow.actions.open_practice import add_member
from afterglow.models import Message, Practice, Task, Touch
from afterglow.models.scope import practice_scope
from afterglow.queries.forecasts import forecasts
from tests.world import NOW, PASSWORD, World

ROLES = {"owner": "olive", "clinician": "hale", "front_desk": "kit"}
NOT_PRESSED = {"sign-out", "hook-visits", "hook-messages"}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_finds_a_button_that_sends_without_a_consent(
    world: World, sign_in: Callable[[str], Browser], role: str
) -> None:
    if role == "owner":
        add_member(practice_id=world.practice_id, username="olive", password=PASSWORD, role="owner")
    browser = sign_in(ROLES[role])
    for address in addresses(world):
        browser.post(address, {"force": "1", "override": "on", "confirm": "yes", "next": "/"})
    assert going_out(world) == []
    assert written_to(world) == 0


def test_the_one_way_is_to_record_a_consent_with_what_proves_it(world: World, kit: Browser) -> None:
    address = f"/clients/{world.dana_id}/consents/"
    assert kit.post(address, {"granted": ["sms care"], "evidence": " "}).status_code == 422
    assert going_out(world) == []
    kit.post(address, {"granted": ["sms care"], "evidence": "Form 4, signed today"})
    assert going_out(world)


def addresses(world: World) -> Iterator[str]:
    """Every address that staff can post to, about Dana and her messages."""
    with practice_scope(world.practice_id):
        ids = {
            "client_id": world.dana_id,
            "touch_id": Touch.objects.filter(client=world.dana_id).values_list("pk", flat=True)[0],
            "task_id": Task.objects.filter(client=world.dana_id).values_list("pk", flat=True).first() or 1,
        }
    for pattern in get_resolver().url_patterns:
        if not isinstance(pattern, URLPattern) or not pattern.name or pattern.name in NOT_PRESSED:
            continue  # programs have a key of their own and no screens
        yield "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(ids.get(found[1], 1)), str(pattern.pattern))


def going_out(world: World) -> list[str]:
    """What would go to Dana, who said STOP, at its own hour; she can only be texted."""
    with practice_scope(world.practice_id):
        practice = Practice.objects.get(pk=world.practice_id)
        planned = list(Touch.objects.filter(client=world.dana_id, state=Touch.State.PLANNED))
        assert planned
        return [
            touch.function
            for touch in planned
            for told in forecasts(practice, [touch], now=touch.due_at + timedelta(minutes=1)).values()
            if told.verdict == "goes"
        ]


def written_to(world: World) -> int:
    with practice_scope(world.practice_id):
        out = Message.objects.filter(client=world.dana_id, direction=Message.Direction.OUT, at__gte=NOW)
        return out.exclude(touch=None).count()
