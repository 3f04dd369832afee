"""Rules for sending on the screen: the law's hours with their sources, and bans that the owner notes and ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.test import Client as Browser

from afterglow.actions.stop_by_text import stop_policy
from afterglow.models import Blackout, Client, Practice
from afterglow.models.scope import practice_scope
from afterglow.rules.state_rules import rules_by_state, rules_version
from tests.world import NOW, World

SignIn = Callable[[str], Browser]
BAN = {"state": "ME", "scope": "marketing", "reason": "state of emergency", "from_at": "", "until_at": ""}


def shown(browser: Browser) -> str:
    return browser.get("/rules/").content.decode()


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def bans(world: World) -> list[Blackout]:
    with practice_scope(world.practice_id):
        return list(Blackout.objects.filter(practice=world.practice_id).order_by("pk"))


def test_every_row_of_the_table_is_shown_with_its_source_and_how_sure_it_is(kit: Browser) -> None:
    page = words(shown(kit))
    for rules in rules_by_state().values():
        for rule in rules:
            assert f"{rule.source}: {rule.note}." in page
    assert rules_version() in page


def test_the_states_that_clients_may_be_in_come_first(kit: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        Client.objects.filter(pk=world.rosa_id).update(phone="+15125550143")
    here = words(shown(kit).split('id="here"')[1].split("Everywhere else")[0])
    assert "Federal law" in here
    assert "Maine" in here
    assert "Texas" in here
    assert "Utah" not in here
    assert "1 client." in here


def test_a_number_that_cannot_be_placed_is_said(kit: Browser, world: World) -> None:
    with practice_scope(world.practice_id):
        Client.objects.filter(pk=world.rosa_id).update(phone="+18005550143", state="")
    assert "1 client with a number and an address that say nothing may be anywhere" in words(shown(kit))


def test_the_owner_notes_a_ban_and_ends_it(owner: Browser, world: World) -> None:
    page = owner.post("/rules/bans/", BAN, follow=True).content.decode()
    assert "The ban is noted." in page
    assert "No marketing messages from" in words(page)
    [ban] = bans(world)
    assert (ban.state, ban.scope, ban.from_at, ban.until_at, ban.created_by) == ("ME", "marketing", NOW, None, "juno")
    page = owner.post(f"/rules/bans/{ban.pk}/end/", follow=True).content.decode()
    assert "The ban has ended." in page
    assert "ended by juno" in page
    assert "had ended before" in owner.post(f"/rules/bans/{ban.pk}/end/", follow=True).content.decode()


def test_times_are_the_practices_own(owner: Browser, world: World) -> None:
    owner.post("/rules/bans/", {**BAN, "from_at": "2026-09-03T08:00", "until_at": "2026-09-10T08:00"})
    [ban] = bans(world)
    assert ban.from_at == datetime(2026, 9, 3, 12, tzinfo=UTC)
    assert ban.until_at == datetime(2026, 9, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("reason", " . ", "Say why"),
        ("reason", "", "Say why"),
        ("from_at", "soon", "Write a day and a time"),
        ("until_at", "2020-01-01T08:00", "The end must lie after the beginning"),
        ("until_at", "9999-12-31T23:59", "Write a year between 2000 and 2199"),
        ("from_at", "0001-01-01T08:00", "Write a year between 2000 and 2199"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(
    owner: Browser, world: World, field: str, value: str, says: str
) -> None:
    answer = owner.post("/rules/bans/", {**BAN, field: value})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert bans(world) == []


def test_the_front_desk_reads_the_rules_and_changes_none(kit: Browser, owner: Browser, world: World) -> None:
    owner.post("/rules/bans/", BAN)
    [ban] = bans(world)
    assert kit.post("/rules/bans/", BAN).status_code == 403
    assert kit.post(f"/rules/bans/{ban.pk}/end/").status_code == 403
    assert "Note the ban" not in shown(kit)
    assert "Maine: state of emergency" in shown(kit)


def test_another_practice_sees_and_ends_none_of_our_bans(owner: Browser, sign_in: SignIn, world: World) -> None:
    owner.post("/rules/bans/", BAN)
    [ban] = bans(world)
    vic = sign_in("vic")
    assert vic.post(f"/rules/bans/{ban.pk}/end/").status_code == 404
    assert "state of emergency</span>" not in shown(vic)


def test_the_owner_says_from_which_day_a_stop_to_an_offer_ends_offers_only(owner: Browser, world: World) -> None:
    assert "Every automatic text and call to that number" in words(shown(owner))
    owner.post("/rules/stop/", {"from_on": "2027-02-01"})
    assert "a STOP that answers an offer ends offers only" in words(shown(owner))
    with practice_scope(world.practice_id):
        policy = stop_policy(Practice.objects.get(pk=world.practice_id))
    assert policy.marketing_only_from == date(2027, 2, 1)
    owner.post("/rules/stop/", {"from_on": ""})
    assert "Every automatic text and call to that number" in words(shown(owner))


def test_a_day_that_is_none_changes_nothing_and_says_what_to_write(owner: Browser) -> None:
    answer = owner.post("/rules/stop/", {"from_on": "31 February"}, follow=True)
    assert "Write a day, like 2027-01-31" in words(answer.content.decode())
    assert "Every automatic text and call to that number" in words(answer.content.decode())


def test_nobody_else_narrows_what_stop_ends(kit: Browser) -> None:
    assert kit.post("/rules/stop/", {"from_on": "2027-02-01"}).status_code == 403
    assert "Offers only, from" not in words(shown(kit))
